"""What a stage holds, and what becomes of it: first contact, withdrawal, pushes in doubt, errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.pipeline import Pipeline
from app.core.model.records import Intent
from app.core.planning.actions import PushAgain
from app.core.planning.pull_actions import DeleteBranch
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
        world.command("promote", "dev", sha)
        world.settle()
        assert world.files("stages/dev") == {"x": "1"}

    def test_a_word_covers_the_foreign_content_that_was_there_and_no_more(self):
        """rule D9"""
        world = chain()
        sha = world.push({"apps/web/x": "1", "stages/dev/x": "foreign"})
        world.settle()
        world.command("promote", "dev", sha)
        world.push({"stages/dev/later": "nobody was asked about it"})
        world.settle()
        assert world.files("stages/dev")["later"] == "nobody was asked about it"
        assert str(world.verdict("dev", sha).reason) == "foreign-content"
        world.command("promote", "dev", sha)
        world.settle()
        assert world.files("stages/dev") == {"x": "1"}

    @pytest.mark.parametrize("held", ["", "0", "latest", "v1.8.3"])
    def test_a_key_with_a_value_waits_like_a_folder_with_files(self, held):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: yaml-set, with: {file: v.yaml, values: {tag: "${{ freight.sha }}"}}}]
""")
        sha = world.push({"apps/web/x": "1", "stages/dev/v.yaml": f"tag: {held}"})
        world.settle()
        written = held or sha
        assert world.files("stages/dev") == {"v.yaml": f"tag: {written}"}


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
        before = world.git.below(world.last("dev").landed)
        world.reset("env/dev", before)
        world.settle()
        assert world.files("", "env/dev") == {"apps/web/x": "1"}
        assert world.last("dev").attempt == 2

    def test_its_pull_request_is_closed_before_its_grant_goes_back(self):
        """A head whose plan is green must not outlive the grant."""
        world = a_pipeline(REVIEWED)
        start = world.git.heads["main"]
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.live() == {"prod": "held"}
        world.reset("main", start)
        world.settle()
        assert world.states("prod") == ["cancelled withdrawn"]
        assert world.pull("prod").state == "closed"
        kinds = world.kinds()
        assert kinds.index("ClosePull") < kinds.index("EndRequest")
        assert world.live() == {}


REVIEWED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
locks: {door: }
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, via: pull-request, lock: door, verify: {checks: [x]}}
"""


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


def test_a_removed_stage_closes_its_pull_request_before_its_grant_goes_back():
    world = a_pipeline(REVIEWED)
    world.push({"apps/web/x": "1"})
    world.settle()
    world.configure(REVIEWED.partition("  prod:")[0])
    world.settle()
    assert world.states("prod") == ["cancelled stage-removed"]
    assert world.pull("prod").state == "closed"
    assert world.kinds().index("ClosePull") < world.kinds().index("EndRequest")


def test_without_any_stage_what_is_under_way_ends():
    world = chain()
    world.push({"apps/web/x": "1"})
    world.settle()
    world.pipeline = Pipeline({}, {})
    world.settle()
    assert all(row.ended for row in world.rows.values())
