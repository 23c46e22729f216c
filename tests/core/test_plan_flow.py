"""A freight's way through the stages: queue, supersede, failure, first contact, withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.actions import DeleteBranch, PushAgain, Write
from app.core.model import Pipeline
from app.core.records import Intent
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
        from tests.core import world_acts

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
        assert "stages/dev/v.yaml#tag" in world.last("dev").detail
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
        assert world.states("dev") == ["failed step-problem"] * 2
        assert world.records.orders == ()

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


class TestFirstContact:
    def test_content_that_some_freight_explains_is_adopted_and_in_sync(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev}}
""")
        old = world.push({"apps/web/x": "1", "stages/dev/x": "1"})
        world.settle()
        assert world.states("dev") == ["superseded adopted", "verified in-sync"]
        assert world.last("dev").freight.sha == old
        assert "Write" not in world.kinds()

    def test_newer_freight_follows_what_was_adopted(self):
        world = chain()
        old = world.push({"apps/web/x": "1", "stages/dev/x": "1"})
        new = world.push({"apps/web/x": "2"})
        world.settle()
        assert [(p.freight.sha, p.adopted) for p in world.of("dev")] == [(old, True), (new, False)]

    def test_adopted_content_is_unverified(self):
        world = chain()
        world.push({"apps/web/x": "1", "stages/dev/x": "1"})
        world.settle()
        assert world.of("prod") == []

    def test_foreign_content_waits_for_a_person(self):
        world = chain()
        sha = world.push({"apps/web/x": "1", "stages/dev/x": "foreign"})
        world.settle()
        assert world.of("dev") == []
        assert str(world.verdict("dev", sha).reason) == "foreign-content"
        world.say("promote", "dev")
        world.settle()
        assert world.files("stages/dev") == {"x": "1"}

    def test_keys_are_promoted_as_usual(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: yaml-set, with: {file: v.yaml, values: {tag: "${{ freight.sha }}"}}}]
""")
        sha = world.push({"apps/web/x": "1", "stages/dev/v.yaml": "tag: 0"})
        world.settle()
        assert world.files("stages/dev") == {"v.yaml": f"tag: {sha}"}


class TestWithdrawn:
    def test_withdrawn_freight_enters_no_further_stage(self):
        world = chain()
        start = world.git.heads["main"]
        world.push({"apps/web/x": "1"})
        world.settle()
        landed = world.last("dev").landed
        world.reset("main", start)
        world.check(landed, "test")
        world.settle()
        assert world.states("dev") == ["cancelled withdrawn"]
        assert world.of("prod") == []

    def test_a_stage_branch_that_lost_our_commit_receives_the_freight_again(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {branch: env/dev}}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        before = world.git.nodes[world.last("dev").landed].parents[0]
        world.reset("env/dev", before)
        world.settle()
        assert world.files("", "env/dev") == {"apps/web/x": "1"}
        assert world.last("dev").attempt == 2


class TestWriting:
    """The three outcomes of a push whose reply was lost."""

    def world(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.settle()
        row = world.last("dev")
        intent = Intent("main", world.git.nodes[row.landed].parents[0], row.landed, row.updated_at)
        world.rows[row.id] = replace(
            row, state="writing", landed=None, landed_at=None, intent=intent
        )
        return world, intent

    def test_reachable_is_landed_whatever_lies_on_top(self):
        world, intent = self.world()
        world.push({"README.md": "more"})
        world.settle()
        assert world.last("dev").landed == intent.commit
        assert world.kinds().count("Write") == 1

    def test_an_unmoved_tip_gets_the_very_same_commit(self):
        world, intent = self.world()
        world.reset("main", intent.expected)
        world.settle()
        assert any(isinstance(a, PushAgain) for a in world.done)
        assert world.git.heads["main"] == intent.commit

    def test_a_moved_tip_gives_it_up_and_plans_anew(self):
        world, intent = self.world()
        world.reset("main", intent.expected)
        world.push({"README.md": "theirs"})
        world.settle()
        assert world.last("dev").landed not in (None, intent.commit)
        assert world.files("stages/dev") == {"x": "1"}
        assert len(world.of("dev")) == 1


class TestErrors:
    def failing(self):
        world = chain()
        world.push({"apps/web/x": "1"})
        world.step()
        world.step()
        row = world.last("dev")
        world.rows[row.id] = replace(
            row, errors_since=world.now, retry_at=world.now + timedelta(seconds=30), detail="502"
        )
        return world

    def test_they_put_a_promotion_off_and_say_until_when(self):
        world = self.failing()
        plan = world.settle()
        assert plan.wake_at == world.now + timedelta(seconds=30)

    def test_they_are_forgotten_once_nothing_is_left_to_try(self):
        """Else a pull request that people leave open for an hour would fail as errored."""
        world = self.failing()
        world.wait(seconds=30)
        assert world.last("dev").errors_since is None
        world.wait(minutes=59)
        assert world.last("dev").state == "verifying"

    def test_they_end_it_after_its_timeout(self):
        world = self.failing()
        row = world.last("dev")
        world.rows[row.id] = replace(row, retry_at=world.now + timedelta(hours=5))
        world.wait(hours=1)
        assert world.states("dev") == ["failed errored"]


def test_a_removed_stage_ends_what_is_under_way_and_its_pull_request_branch():
    text = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, via: pull-request}
"""
    world = a_pipeline(text)
    world.push({"apps/web/x": "1"})
    world.settle()
    assert "stagelock/prod" in world.git.heads
    world.configure(text.replace("  prod:", "  other:").replace("stages/prod", "stages/other"))
    world.settle()
    assert world.states("prod") == ["cancelled stage-removed"]
    assert any(isinstance(a, DeleteBranch) for a in world.done)
    assert "stagelock/prod" not in world.git.heads
    assert "stagelock/other" in world.git.heads


@pytest.mark.parametrize("states", ["dev", "prod"])
def test_without_any_stage_nothing_happens(states):
    world = chain()
    world.push({"apps/web/x": "1"})
    world.settle()
    world.pipeline = Pipeline({}, {})
    world.settle()
    assert all(row.ended for row in world.of(states))
