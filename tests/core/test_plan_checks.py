"""Verification in the plan: which commits speak, revocation, timeouts, content in sync."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.facts import SuiteFact
from app.core.model.questions import ChecksQuestion
from app.core.planning.actions import CancelChecks, Rerun
from tests.core.checking import TEXT, begun, say
from tests.core.world import CI_APP, START, a_pipeline


def test_a_later_commit_with_equal_outputs_speaks_where_the_check_never_started():
    world = begun()
    later = world.push({"README.md": "on top"})
    say(world, "success", at=later)
    assert world.states("dev") == ["verified verified"]


def test_a_later_commit_with_other_outputs_does_not_speak():
    world = begun()
    later = world.push({"stages/dev/x": "by hand"})
    say(world, "success", at=later)
    assert world.states("dev") == ["verifying verifying"]


def test_however_many_commits_lie_between_the_nearest_one_with_the_check_speaks():
    world = begun()
    pushed = [world.push({"README.md": str(n)}) for n in range(12)]
    say(world, "failure", at=pushed[10])
    assert world.states("dev") == ["failed check-failed"]
    say(world, "success", at=pushed[8])
    assert world.states("dev") == ["verified verified"]


def test_the_timeout_waits_until_the_newest_commit_was_asked():
    world = begun()
    pushed = [world.push({"README.md": str(n)}) for n in range(3)]
    world.settle()
    world.silent = lambda q: isinstance(q, ChecksQuestion) and q.sha == pushed[-1]
    world.later = True
    world.wait(hours=2)
    assert world.states("dev")[0].startswith("verifying")
    world.silent = lambda q: False
    world.settle()
    assert world.states("dev") == ["failed check-missing"]


class TestRevocation:
    def test_a_later_failure_revokes_and_cancels_what_has_not_landed(self):
        world = begun()
        say(world, "success")
        say(world, "failure")
        assert world.states("dev") == ["failed revoked"]
        assert world.verdict("dev", world.freights[0].id.sha).phase == "revoked"
        world.wait(hours=2)
        assert world.of("prod") == []

    def test_a_passing_rerun_verifies_again(self):
        world = begun()
        say(world, "success")
        say(world, "failure")
        say(world, "success")
        assert world.states("dev") == ["verified verified"]
        world.wait(hours=1)
        assert world.states("prod") == ["verified verified"]

    def test_a_failed_promotion_is_verified_by_a_passing_rerun(self):
        world = begun()
        say(world, "failure")
        say(world, "success")
        assert world.states("dev") == ["verified verified"]

    def test_nothing_is_revoked_once_every_stage_below_has_taken_it(self):
        world = begun()
        say(world, "success")
        world.wait(hours=1)
        say(world, "failure")
        assert world.states("dev") == ["verified verified"]

    def test_older_verified_freight_is_watched_while_it_soaks(self):
        """The stage has moved on, but this freight is still on its way."""
        world = begun()
        say(world, "success")
        old = world.last("dev")
        world.push({"apps/web/x": "2"})
        world.settle()
        say(world, "failure", at=old.landed)
        world.wait(hours=1)
        assert world.states("dev")[0] == "failed revoked"
        assert world.of("prod") == []

    def test_every_verified_freight_is_watched_however_many_came_later(self):
        world = begun()
        say(world, "success")
        first = world.last("dev")
        for n in range(8):
            world.push({"apps/web/x": f"later {n}"})
            world.settle()
            say(world, "success")
        assert set(world.states("dev")) == {"verified verified"}
        say(world, "failure", at=first.landed)
        assert world.states("dev")[0] == "failed revoked"

    def test_after_14_days_nobody_looks(self):
        world = begun()
        say(world, "failure")
        world.wait(days=14)
        say(world, "success")
        assert world.states("dev") == ["failed check-failed"]

    def test_a_pull_request_in_review_is_closed_when_its_freight_is_revoked(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [test]}}
  prod: {needs: [dev], path: stages/prod, via: pull-request}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        say(world, "success")
        assert world.states("prod") == ["in-review"]
        say(world, "failure")
        assert world.states("prod") == ["cancelled upstream-revoked"]
        assert world.pull("prod").state == "closed"
        say(world, "success")
        assert world.states("prod")[1] == "in-review"
        assert world.pull("prod").number == 2


class TestTimeout:
    def test_a_check_that_never_started_is_named_with_the_commit(self):
        world = begun()
        assert world.settle().wake_at == START + timedelta(minutes=30)
        world.wait(minutes=30)
        row = world.last("dev")
        assert world.states("dev") == ["failed check-missing"]
        assert row.detail == f"no check named test started on {row.landed[:7]}"

    def test_one_that_started_is_cancelled_and_failed(self):
        world = begun()
        say(world, None)
        world.wait(minutes=30)
        assert world.states("dev") == ["failed check-unfinished"]
        assert any(isinstance(a, CancelChecks) for a in world.done)

    def test_an_unfinished_suite_may_still_start_it(self):
        world = begun()
        landed = world.last("dev").landed
        world.check(landed, "build")
        world.suites[landed] = [SuiteFact(1, "ci", CI_APP, "in_progress")]
        world.wait(minutes=30)
        assert world.states("dev") == ["failed check-not-started"]

    def test_a_rerun_that_passes_later_verifies(self):
        world = begun()
        say(world, None)
        world.wait(minutes=30)
        world.conclude(world.last("dev").landed, "test", "success")
        world.settle()
        assert world.states("dev") == ["verified verified"]


class TestInSync:
    """The freight changes nothing in the stage."""

    def again(self, extra="", conclusion="success"):
        world = begun(extra)
        if conclusion:
            say(world, conclusion)
        world.push({"apps/web/x": "2"})
        world.push({"apps/web/x": "1"})
        world.settle()
        return world

    def test_content_that_has_passed_passes_at_once(self):
        world = self.again()
        assert world.states("dev")[1] == "verified in-sync"
        assert world.kinds().count("Write") == 1

    def test_content_that_failed_fails(self):
        world = self.again(conclusion="failure")
        assert world.states("dev")[1] == "failed check-failed"

    def unverified(self):
        world = a_pipeline(TEXT % ", lock: env")
        world.push({"apps/web/x": "1", "stages/dev/x": "1"})
        world.settle()
        return world

    def test_content_without_evidence_waits_and_takes_no_lock(self):
        world = self.unverified()
        sha = world.freights[0].id.sha
        assert world.live() == {}
        assert str(world.verdict("dev", sha).reason) == "no-evidence"
        world.wait(hours=2)
        assert world.last("dev").state == "verifying"

    def test_retry_where_none_ever_ran_takes_the_lock_and_says_what_to_run(self):
        world = self.unverified()
        sha = world.freights[0].id.sha
        world.say("retry", "dev", sha)
        world.settle()
        assert world.live() == {"dev": "held"}
        assert str(world.verdict("dev", sha).reason) == "to-run"
        assert world.verdict("dev", sha).names == ("test",)
        world.check("main", "test", "success")
        world.settle()
        assert world.states("dev")[1:] == ["verified in-sync"]
        assert world.live() == {}

    def test_retry_where_nothing_is_run_ends_at_the_timeout(self):
        world = self.unverified()
        world.say("retry", "dev", world.freights[0].id.sha)
        world.settle()
        world.wait(minutes=30)
        assert world.states("dev")[1:] == ["failed check-missing"]
        assert world.live() == {}

    def test_as_soon_as_something_runs_it_takes_a_permit(self):
        world = self.unverified()
        world.check("main", "test", None)
        world.settle()
        assert world.live() == {"dev": "held"}
        world.conclude("main", "test", "success")
        world.settle()
        assert world.states("dev")[-1] == "verified in-sync"
        assert world.live() == {}

    def renamed(self, conclusion):
        """The same folder, filled by a stage of another name."""
        world = begun()
        say(world, conclusion)
        world.configure((TEXT % "").replace("  dev:", "  qa:").replace("[dev]", "[qa]"))
        world.settle()
        return world

    def test_a_renamed_stage_knows_what_has_passed_under_its_old_name(self):
        world = self.renamed("success")
        assert world.states("qa") == ["superseded adopted", "verified in-sync"]
        assert world.last("qa").landed == world.last("dev").landed
        assert world.kinds().count("Write") == 1

    def test_a_renamed_stage_waits_for_what_began_under_its_old_name(self):
        world = self.renamed(None)
        assert world.states("dev") == ["cancelled stage-removed"]
        assert world.states("qa") == ["superseded adopted", "verifying verifying"]
        world.conclude(world.last("dev").landed, "test", "success")
        world.settle()
        assert world.states("qa")[-1] == "verified in-sync"

    def test_newer_freight_need_not_wait_for_it(self):
        world = self.unverified()
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.states("dev")[-2] == "superseded superseded"
        assert world.files("stages/dev") == {"x": "2"}

    def test_retry_runs_the_checks_again_under_the_lock(self):
        world = self.again(", lock: env", conclusion="failure")
        world.now += timedelta(minutes=1)
        world.say("retry", "dev", world.freights[-1].id.sha)
        world.settle()
        assert any(isinstance(a, Rerun) for a in world.done)
        assert world.live() == {"dev": "held"}
        world.now += timedelta(minutes=1)
        world.conclude(world.of("dev")[0].landed, "test", "success")
        world.settle()
        assert world.last("dev").state == "verified"
        assert world.live() == {}
