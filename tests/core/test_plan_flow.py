"""A freight's way through the stages: queue, supersede, failure."""

from __future__ import annotations

from datetime import timedelta

from app.core.planning.actions import Write
from tests.core import world_acts
from tests.core.world import a_pipeline

CHAIN = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [test]}%s}
  prod: {needs: [dev], path: stages/prod}
"""


def chain(extra=""):
    return a_pipeline(CHAIN % extra)


def green(world, stage="dev", name="test", conclusion="success"):
    world.check(world.last(stage).landed, name, conclusion)
    return world.settle()


class TestTheWay:
    def test_one_push_travels_through_all_stages(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.files("stages") == {"dev/x": "1"}
        green(world)
        assert world.files("stages") == {"dev/x": "1", "prod/x": "1"}

    def test_prod_receives_what_dev_wrote_and_not_what_lies_there_now(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        world.push({"stages/dev/x": "by hand"})
        green(world)
        assert world.files("stages/prod") == {"x": "1"}

    def test_a_branch_a_stage(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {branch: env/dev}
  prod: {needs: [dev], branch: env/prod}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.files("", "env/dev") == world.files("", "env/prod") == {"apps/web/x": "1"}
        assert "CreateBranch" in world.kinds()

    def test_both_layouts_in_one_pipeline(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], branch: env/prod}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.files("", "env/prod") == {"x": "1"}

    def test_people_may_push_while_we_do(self):
        """A write that finds another tip is planned again on it."""
        world = chain()
        world.push({"apps/web/x": "1"})
        world.step()
        snapshot, plan = world.look()
        assert any(isinstance(a, Write) for a in plan.actions)
        theirs = world.push({"README.md": "theirs"})
        world_acts.carry_out(world, snapshot, plan)
        world.settle()
        assert theirs in world.git.line(world.git.heads["main"])
        assert world.files("stages") == {"dev/x": "1"}
        assert len(world.of("dev")) == 1


class TestQueue:
    def test_newer_freight_waits_for_what_is_verifying_and_then_takes_its_turn(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        world.push({"apps/web/x": "2"})
        world.push({"apps/web/x": "3"})
        world.settle()
        assert len(world.of("dev")) == 1
        green(world)
        assert [p.state for p in world.of("dev")] == ["verified", "verifying"]
        assert world.files("stages/dev") == {"x": "3"}

    def test_a_clock_that_is_slow_makes_no_freight_older(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        green(world)
        world.now -= timedelta(hours=1)  # another machine
        world.push({"apps/web/x": "2"})
        world.settle()
        green(world)
        assert world.files("stages/prod") == {"x": "2"}
        assert [row.state for row in world.of("prod")] == ["verified", "verified"]

    def test_queue_all_takes_every_freight_in_turn(self):
        world = chain(", queue: all")
        for text in "123":
            world.push({"apps/web/x": text})
            world.settle()
        seen = []
        for _ in range(3):
            seen.append(world.files("stages/dev")["x"])
            green(world)
        assert seen == ["1", "2", "3"]

    def test_older_freight_never_comes_after_newer(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        world.push({"apps/web/x": "2"})
        green(world)
        green(world)
        assert [p.freight.sha for p in world.of("prod")] == [f.id.sha for f in world.freights]
        assert world.files("stages/prod") == {"x": "2"}

    def test_newer_freight_does_not_wait_behind_failed(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        green(world, conclusion="failure")
        world.push({"apps/web/x": "2"})
        world.settle()
        assert [p.state for p in world.of("dev")] == ["failed", "verifying"]


class TestFailure:
    def test_failed_freight_does_not_enter_again_by_itself(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        green(world, conclusion="failure")
        world.wait(days=1)
        assert world.states("dev") == ["failed check-failed"]

    def test_nor_does_what_failed_before_it_could_land(self):
        """People's edit contradicts it: only they end that."""
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        green(world)
        world.push({"stages/prod/x": "by hand"})
        world.settle()
        world.push({"apps/web/x": "2"})
        world.settle()
        green(world)
        assert world.last("prod").state == "failed"
        attempts = len(world.of("prod"))
        world.wait(days=1)
        assert len(world.of("prod")) == attempts

    def test_promote_does_not_bring_failed_freight_back(self):
        world = chain()
        sha = world.push({"apps/web/x": "1"})
        world.settle()
        green(world, conclusion="failure")
        world.say("promote", "dev", sha)
        world.settle()
        assert world.states("dev") == ["failed check-failed"]
        assert world.records.orders == ()

    def test_retry_runs_the_failed_checks_again_on_what_has_landed(self):
        world = chain()
        sha = world.push({"apps/web/x": "1"})
        world.settle()
        green(world, conclusion="failure")
        world.wait(minutes=5)
        world.say("retry", "dev", sha)
        world.settle()
        assert world.states("dev") == ["failed check-failed", "verifying verifying"]
        world.now += timedelta(minutes=1)
        world.conclude(world.last("dev").landed, "test", "success")
        world.settle()
        assert world.states("dev")[1] == "verified verified"
        assert world.files("stages/prod") == {"x": "1"}
        assert world.kinds().count("Write") == 2

    def test_a_step_problem_names_file_and_key_and_is_planned_again_when_the_file_changes(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    auto: false
    steps: [{uses: yaml-set, with: {file: v.yaml, values: {tag: "${{ freight.sha }}"}}}]
""")
        sha = world.push({"apps/web/x": "1", "stages/dev/v.yaml": "other: 1"})
        world.settle()
        world.say("promote", "dev")
        world.settle()
        assert world.states("dev") == ["failed step-problem"]
        assert "stages/dev/v.yaml has no key tag" in world.last("dev").detail
        world.wait(hours=1)
        assert len(world.of("dev")) == 1
        world.push({"stages/dev/v.yaml": "other: 1\ntag: 0"})
        world.settle()
        assert world.last("dev").state == "verified"
        assert world.files("stages/dev")["v.yaml"] == f"other: 1\ntag: {sha}"

    def test_retry_of_a_step_problem_is_a_start_also_where_people_start(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    auto: false
    steps: [{uses: copy, with: {from: libs, to: .}}]
""")
        sha = world.push({"apps/web/x": "1"})
        world.settle()
        world.say("promote", "dev")
        world.settle()
        world.say("retry", "dev", sha)
        world.settle()
        assert world.states("dev") == ["failed source-problem"] * 2
        assert world.records.orders == ()

    def test_what_freight_lacks_is_planned_again_when_the_step_asks_for_it_no_more(self):
        steps = "[{uses: copy, with: {from: %s, to: .}}]"
        text = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, steps: %s}
"""
        world = a_pipeline(text % (steps % "libs"))
        freight = world.push({"apps/web/x": "1"})
        world.settle()
        assert world.states("dev") == ["failed source-problem"]
        world.push({"libs": "what that freight does not hold"})
        world.settle()
        assert world.states("dev") == ["failed source-problem"]
        world.configure(text % (steps % "apps/web"))
        world.settle()
        assert world.states("dev") == ["failed source-problem", "verified verified"]
        assert world.last("dev").freight.sha == freight

    def test_what_a_rule_refuses_is_planned_again_when_the_configuration_changes(self):
        world = a_pipeline(CHAIN % "", refuses={"main": "GH006: protected"})
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.states("dev") == ["failed rule-refused"]
        world.refuses.clear()
        world.settle()
        assert len(world.of("dev")) == 1
        world.configure(CHAIN % ", soak: 0s")
        world.settle()
        assert world.states("dev")[1] == "verifying verifying"

    def test_a_branch_that_may_not_be_created_is_awaited(self):
        world = a_pipeline(
            """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {branch: env/dev}}
""",
            refuses={"env/dev": "only admins"},
        )
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.states("dev") == ["failed branch-missing"]
        world.refuses.clear()
        world.git.heads["env/dev"] = world.git.commit({}, (), "an admin's")
        world.settle()
        assert world.last("dev").state == "verified"
