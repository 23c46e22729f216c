"""What is recorded and said of a promotion at each step of its way, whole: why, about what, until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.gates.clearance import Cleared
from app.core.model.facts import SuiteFact
from app.core.model.names import StageName
from app.core.model.records import Intent
from app.core.planning.actions import CreateBranch, Record
from app.core.planning.merge_readiness import MergeObstacle, merge_obstacle
from app.core.planning.pull_actions import OpenPull
from app.core.remarks.pulls import NotYet
from app.core.state.ledger import Ledger
from tests.core.world import CI_APP, START, a_pipeline

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHAIN = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [unit]}, timeout-minutes: 30}
  e2e: {needs: [dev], path: stages/e2e, verify: {checks: [e2e]}, timeout-minutes: 30%s}
locks: {env: {permits: 1}}
"""
PULL = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, via: pull-request%s}
"""


def chain(extra=""):
    """What was pushed has landed in dev; its check has not begun."""
    world = a_pipeline(CHAIN % extra)
    world.sha = world.push({"apps/web/x": "1"})
    world.settle()
    return world


def said(world, stage, conclusion, check, sha=None):
    world.check(sha or world.last(stage).landed, check, conclusion)
    world.settle()


def recorded(world, row):
    """The states in which *row* was stored, in order."""
    rows = (
        promotion
        for action in world.done
        if isinstance(action, Record)
        for promotion in action.promotions
    )
    return [one.state for one in rows if one.id == row.id]


def why(world, stage):
    found = world.verdict(stage, world.sha)
    return found.phase, str(found.reason), found.names, found.wake_at


class TestVerifying:
    def test_it_names_the_checks_that_it_awaits_and_its_timeout(self):
        assert why(chain(), "dev") == ("verifying", "verifying", ("unit",), START + HOUR / 2)

    def test_at_the_timeout_what_is_unfinished_is_named(self):
        world = chain()
        said(world, "dev", None, "unit")
        world.wait(minutes=30)
        row = world.last("dev")
        assert (row.state, str(row.reason), row.detail) == ("failed", "check-unfinished", "unit")
        assert [subject.name for subject in row.about] == ["unit"]

    def test_at_the_timeout_what_a_suite_may_still_start_is_named(self):
        world = chain()
        suite = SuiteFact(5, "github-actions", CI_APP, "in_progress")
        world.suites[world.last("dev").landed] = [suite]
        world.wait(minutes=30)
        row = world.last("dev")
        assert (row.state, str(row.reason), row.detail) == ("failed", "check-not-started", "unit")

    def test_at_the_timeout_what_never_started_is_named_with_the_commit(self):
        world = chain()
        world.wait(minutes=30)
        row = world.last("dev")
        assert (row.state, str(row.reason)) == ("failed", "check-missing")
        assert row.detail == f"no check named unit started on {row.landed[:7]}"

    def test_a_failure_names_the_check(self):
        world = chain()
        said(world, "dev", "failure", "unit")
        row = world.last("dev")
        assert (str(row.reason), row.detail) == ("check-failed", "unit")
        assert (row.ended_at, row.updated_at) == (world.now, world.now)

    def test_what_a_failure_upstream_ends_names_the_stage(self):
        world = chain(", auto: false, lock: env")
        said(world, "dev", "success", "unit")
        world.say("promote", "e2e")
        world.step()
        assert world.last("e2e").state in ("waiting", "locking")
        said(world, "dev", "failure", "unit")
        row = world.last("e2e")
        assert (row.state, str(row.reason), row.detail) == ("cancelled", "upstream-revoked", "dev")

    def test_what_left_the_branch_says_which_commit_and_which_branch(self):
        world = chain()
        landed = world.last("dev").landed
        world.reset("main", world.sha)
        world.settle()
        gone = world.of("dev")[0]
        assert (gone.state, gone.reason) == ("cancelled", "withdrawn")
        assert gone.detail == f"{landed[:7]} is no longer on main"


class TestInSync:
    def again(self, conclusion):
        """Content that the stage holds, of freight that comes a second time."""
        world = a_pipeline(CHAIN % ", auto: false")
        world.push({"apps/web/x": "1"})
        world.settle()
        said(world, "dev", conclusion, "unit")
        world.push({"apps/web/x": "2"})
        world.sha = world.push({"apps/web/x": "1"})
        world.done.clear()
        world.settle()
        return world

    @pytest.mark.parametrize(
        ("conclusion", "state", "reason"),
        [("success", "verified", "in-sync"), ("failure", "failed", "check-failed")],
    )
    def test_what_is_known_of_the_content_decides_at_once(self, conclusion, state, reason):
        row = self.again(conclusion).last("dev")
        assert (row.state, str(row.reason), row.in_sync) == (state, reason, True)
        assert row.detail == ("" if state == "verified" else "unit")

    @pytest.mark.parametrize("conclusion", ["success", "failure"])
    def test_it_is_never_stored_as_verifying(self, conclusion):
        world = self.again(conclusion)
        assert "verifying" not in recorded(world, world.last("dev"))

    def test_without_evidence_it_names_what_should_run(self):
        world = a_pipeline(CHAIN % "")
        world.sha = world.push({"apps/web/x": "1", "stages/dev/x": "1"})
        world.settle()
        assert why(world, "dev")[:3] == ("verifying", "no-evidence", ("unit",))


class TestOrders:
    @pytest.mark.parametrize("extra", ["", ", lock: env"])
    @pytest.mark.parametrize("content", [{}, {"stages/e2e/x": "1"}])
    def test_an_order_is_spent_with_the_first_row_that_is_stored_for_it(self, extra, content):
        world = a_pipeline(CHAIN % f", auto: false{extra}")
        world.push({"apps/web/x": "1", **content})
        world.settle()
        said(world, "dev", "success", "unit")
        world.say("promote", "e2e")
        while not [row for row in world.of("e2e") if not row.adopted and row.reason != "adopted"]:
            world.step()
        assert world.records.orders == ()
        assert world.last("e2e").started_by == "ann"

    def test_an_order_for_what_is_verified_there_is_spent(self):
        world = chain()
        said(world, "dev", "success", "unit")
        world.say("promote", "dev", world.sha)
        world.settle()
        assert world.records.orders == ()
        assert world.states("dev") == ["verified verified"]

    def test_an_order_that_waits_keeps_no_later_one_from_being_followed(self):
        world = chain()
        said(world, "dev", "failure", "unit")
        world.hold("dev")
        newer = world.push({"apps/web/x": "2"})
        world.configure((CHAIN % "").replace("timeout-minutes: 30}", "soak: 9h}"))
        world.settle()
        world.say("promote", "dev", newer)
        world.say("retry", "dev", world.sha)
        world.settle()
        assert [row.freight.sha for row in world.of("dev")] == [world.sha, world.sha]


def overtaken():
    """A world in which somebody was faster than the push of e2e, which has the lock."""
    world = chain(", lock: env")
    said(world, "dev", "success", "unit")
    row = world.last("e2e")
    before = world.git.nodes[row.landed].parents[0]
    world.reset("main", before)
    intent = Intent("main", before, row.landed, world.now)
    lost = replace(row, state="writing", landed=None, landed_at=None, intent=intent)
    world.rows[row.id] = lost
    world.theirs = world.push({"README.md": "somebody's"})
    return world


class TestLocks:
    def test_a_push_that_is_given_up_for_a_moved_tip_is_forgotten(self):
        world = overtaken()
        world.hold("e2e")
        world.step()
        again = world.last("e2e")
        assert (again.state, str(again.reason), again.intent) == ("locking", "moved", None)

    def test_the_plan_that_finds_the_tip_moved_is_the_one_that_writes_on_it(self):
        """With each look in between, the branch may move once more."""
        world = overtaken()
        world.step()
        landed = world.last("e2e").landed
        assert world.git.nodes[landed].parents == (world.theirs,)

    def test_nobody_but_the_gates_gives_leave(self):
        with pytest.raises(TypeError) as told:
            Cleared(None, START, object())  # type: ignore[arg-type]  # the seal comes first
        assert str(told.value) == "leave to write is given by the gates alone"


class TestFirstSteps:
    def test_what_waits_for_its_lock_is_stored_as_doing_so(self):
        world = chain(", lock: env")
        world.check(world.last("dev").landed, "unit")
        while not world.of("e2e"):
            world.step()
        row = world.last("e2e")
        assert (row.state, str(row.reason)) == ("locking", "locking")

    def test_a_branch_that_is_made_is_named_meanwhile(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {branch: env/dev}}
""")
        world.sha = world.push({"apps/web/x": "1"})
        for _ in range(20):
            _, plan = world.look()
            if any(isinstance(action, CreateBranch) for action in plan.actions):
                break
            world.step()
        assert why(world, "dev")[:3] == ("waiting", "branch-missing", ("env/dev",))


class TestPullRequests:
    def test_while_it_is_opened_its_stage_says_that_it_is_in_review(self):
        world = a_pipeline(PULL % "")
        world.sha = world.push({"apps/web/x": "1"})
        for _ in range(20):
            _, plan = world.look()
            if any(isinstance(action, OpenPull) for action in plan.actions):
                break
            world.step()
        found = world.verdict("prod", world.sha)
        assert (found.phase, str(found.reason)) == ("in-review", "review")
        assert found.promotion == world.last("prod")


class TestMergeReadiness:
    """`merge: auto`: every other check on the head is green, and nobody requests changes."""

    def opened(self):
        world = a_pipeline(PULL % ", merge: auto")
        world.push({"apps/web/x": "1"})
        world.settle()
        return world

    def obstacle(self, world, **changes):
        snapshot, _ = world.look()
        ledger = Ledger(snapshot, snapshot.config.pipeline)
        pull = replace(world.pull("prod"), **changes)
        row = ledger.views[StageName("prod")].inflight
        assert row is not None
        return merge_obstacle(ledger, row, pull)

    def test_a_draft_is_not_merged(self):
        assert self.obstacle(self.opened(), draft=True) == MergeObstacle(NotYet.DRAFT)

    def test_a_check_may_still_start_until_the_quiet_time_is_over(self):
        world = self.opened()
        until = world.last("prod").updated_at + MINUTE
        told = MergeObstacle(NotYet.CHECKS_MAY_START, wake_at=until)
        assert self.obstacle(world) == told

    def test_a_failed_check_is_named(self):
        world = self.opened()
        world.check("stagelock/prod", "lint", "failure")
        world.wait(minutes=2)
        found = self.obstacle(world)
        assert (found.why, found.names) == (NotYet.CHECKS_FAILED, ("lint",))
        assert [subject.name for subject in found.about] == ["lint"]

    def test_an_unfinished_check_is_named(self):
        world = self.opened()
        world.check("stagelock/prod", "lint", None)
        world.wait(minutes=2)
        found = self.obstacle(world)
        assert found.why == NotYet.CHECKS_UNFINISHED
        assert [subject.name for subject in found.about] == ["lint"]

    def test_who_requests_changes_is_named(self):
        world = self.opened()
        world.review("prod", "CHANGES_REQUESTED")
        world.wait(minutes=2)
        assert self.obstacle(world) == MergeObstacle(NotYet.CHANGES_REQUESTED, ("bob",))

    @pytest.mark.parametrize("newest", ["APPROVED", "DISMISSED"])
    def test_a_persons_newest_review_counts(self, newest):
        world = self.opened()
        world.review("prod", "CHANGES_REQUESTED")
        world.review("prod", newest)
        world.review("prod", "COMMENTED")
        assert self.obstacle(world).why != NotYet.CHANGES_REQUESTED
