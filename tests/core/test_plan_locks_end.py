"""How grants end, and what is said of a suspect one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.queue import Board
from app.core.model.names import GroupName
from app.core.model.pipeline import Pipeline
from app.core.model.questions import EqualQuestion
from app.core.model.verdicts import Reason
from app.core.text.links import Site
from app.core.text.status import status
from app.core.text.titles import title
from app.core.text.why import why
from tests.core.locking import TWO, two
from tests.core.world import START

SITE = Site("https://github.com", "acme/web")


class TestEnding:
    def test_held_for_longer_than_max_hold_turns_suspect_and_blocks(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        assert world.settle().wake_at == START + timedelta(minutes=20)
        world.wait(minutes=20)
        assert world.live() == {"web": "suspect", "api": "queued"}

    def test_a_suspect_is_freed_by_the_end_of_its_check(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20)
        world.conclude(world.last("web").landed, "web", "success")
        world.settle()
        assert world.states("web") == ["verified verified"]
        assert world.live() == {"api": "held"}

    def test_a_check_that_never_started_frees_the_lock_at_the_timeout(self):
        world = two("many", "many")
        world.wait(minutes=30)
        assert world.states("web") == ["failed check-missing"]
        assert world.live() == {}

    def timed_out(self, app):
        world = two("many", "many")
        world.check(world.last("web").landed, "web", None, app=app)
        world.wait(minutes=30)
        assert world.states("web") == ["failed check-unfinished"]
        return world

    def test_one_that_may_still_run_at_the_timeout_turns_it_suspect(self):
        world = self.timed_out("jenkins")
        assert world.live() == {"web": "suspect"}
        world.conclude(world.last("web").landed, "web", "cancelled")
        world.settle()
        assert world.live() == {}

    @pytest.mark.parametrize("app", ["jenkins", "github-actions"])
    def test_a_check_that_github_gave_up_as_stale_proves_no_end(self, app):
        world = self.timed_out(app)
        world.wait(minutes=5)
        assert world.live() == {"web": "suspect"}
        world.conclude(world.last("web").landed, "web", "stale")
        world.wait(minutes=30)
        assert world.live() == {"web": "suspect"}

    def test_a_workflow_that_was_cancelled_at_the_timeout_has_five_minutes_to_end(self):
        world = self.timed_out("github-actions")
        assert world.live() == {"web": "held"}
        assert world.settle().wake_at == world.now + timedelta(minutes=5)
        world.wait(minutes=4)
        world.conclude(world.last("web").landed, "web", "cancelled")
        world.settle()
        assert world.live() == {}

    def test_a_workflow_that_does_not_end_when_it_is_cancelled_turns_it_suspect(self):
        world = self.timed_out("github-actions")
        world.wait(minutes=5)
        assert world.live() == {"web": "suspect"}

    def test_withdrawn_freight_frees_nothing_whose_job_may_still_start(self):
        world = two("many", "two")
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        assert world.states("web") == ["cancelled withdrawn"]
        assert world.live()["web"] == "suspect"
        world.wait(minutes=30)
        assert world.live() == {}

    def test_nor_is_it_suspect_for_ever_where_a_new_mirror_lacks_what_it_had_landed(self):
        """No later commit holds what left the branch: what cannot be asked is not asked."""
        world = two("many", "two")
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        world.silent = lambda question: isinstance(question, EqualQuestion)
        world.wait(minutes=30)
        assert world.live() == {}

    @pytest.mark.parametrize("running", [True, False])
    def test_a_removed_stage_frees_nothing_whose_job_may_run(self, running):
        world = two("many", "many")
        if running:
            world.check(world.last("web").landed, "web", None)
        world.configure((TWO % ("many", "", "many")).replace("  web: {freight", "  w2: {freight"))
        world.settle()
        assert world.states("web") == ["cancelled stage-removed"]
        assert world.live()["web"] == "suspect"

    def test_no_edit_of_the_file_frees_a_running_grant(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        before = world.request("web")
        for text in (
            TWO % ("two", "", "one"),
            (TWO % ("one", "", "one")).replace("permits: 1", "permits: 3"),
            (TWO % ("one", "", "one")).replace(", lock: one", ""),
            (TWO % ("one", "", "one")).replace(", verify: {checks: [web]}", ""),
        ):
            world.configure(text)
            world.settle()
            assert world.requests[before.id].state == "held", text
            assert world.last("web").state == "verifying"

    def test_removing_the_whole_file_leaves_it_suspect(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.pipeline = Pipeline({}, {})
        world.settle()
        assert world.live()["web"] == "suspect"

    def test_what_a_person_released_is_not_taken_again(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20)
        request = world.request("web")
        world.requests[request.id] = replace(request, state="released", ended_by="ann")
        world.settle()
        assert world.live() == {"api": "held"}
        assert world.last("web").state == "verifying"


class TestSuspectIsSaid:
    """Who waits for a lost grant reads what frees it, and so does who has it."""

    def suspect(self, one="one"):
        world = two(one, one)
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20 if one == "one" else 120)
        return world

    def verdict(self, world, stage):
        return world.verdict(stage, world.last(stage).freight.sha)

    def test_to_the_stage_that_waits(self):
        found = self.verdict(self.suspect(), "api")
        assert (found.reason, found.names) == (Reason.LOCK_SUSPECT, ("one",))
        assert title(found) == "blocked: one is suspect; a maintainer must press Release"
        told = why(found, SITE)
        assert "presses **Release** on the run `stagelock / lock / one`" in told
        assert "when it is its turn" not in told
        assert "nothing needs to be done" not in told

    def test_to_the_stage_that_has_it(self):
        told = why(self.verdict(self.suspect(), "web"), SITE)
        assert "one is suspect: the job that holds it may still run" in told
        assert "**To do:** once the job of `web` has ended, somebody with *maintain* in" in told
        assert "when it is its turn" not in told

    def test_in_the_status(self):
        world = self.suspect()
        snapshot, plan = world.look()
        told = status(snapshot, plan, SITE)
        assert "### Locks\n\n| lock | state | holder | queue |" in told
        assert "| `one` | **suspect** | `" in told
        assert "since 2026-03-02 09:00 UTC | `" in told
        assert "**To do:** once the job of `web` has ended, somebody with *maintain* in" in told
        assert "blocked: one is suspect" in told

    def test_while_somebody_else_holds_a_permit_it_blocks_nobody_for_ever(self):
        world = two("many", "many")
        first = world.request("web")
        world.requests[99] = replace(first, id=99, stage="x", promotion="x", seq=0)
        world.requests[first.id] = replace(first, state="suspect", suspect_at=world.now)
        board = Board(world.requests.values())
        assert not board.blocked(GroupName("many"), 2)
        world.requests[99] = replace(world.requests[99], state="suspect")
        assert not board.blocked(GroupName("many"), 4)

    def test_to_the_next_freight_of_the_stage_whose_own_grant_is_lost(self):
        world = two("many", "two")
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        assert world.live()["web"] == "suspect"
        world.push({"apps/web/x": "3"})
        world.settle()
        found = self.verdict(world, "web")
        assert (found.reason, found.names) == (Reason.LOCK_SUSPECT, ("many",))


def test_fewer_permits_than_are_held_bind_new_grants_only():
    world = two("many", "many")
    world.configure((TWO % ("many", "", "many")).replace("permits: 2", "permits: 1"))
    world.settle()
    assert len(Board(world.requests.values()).holders(GroupName("many"))) == 2
