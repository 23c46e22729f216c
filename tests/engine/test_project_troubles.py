"""Check runs whose writing went wrong: answers that were lost, refusals, budgets, claims that were lost."""

from contextlib import suppress
from datetime import timedelta

import pytest

from app.engine.checkruns.writer import REFUSED_PAUSE
from app.engine.queue.next_look import PAUSE
from app.errors import Conflict, Denied, Missing, Rejected, Transient
from tests.engine.projecting import done, target, world

__all__ = ["world"]


def test_a_lost_answer_makes_no_second_run(world):
    world.forge.failing, world.forge.lost = [Transient("timed out", maybe_done=True)], True

    assert world.write(target()) == PAUSE
    assert [(r.run_id, r.digest) for r in world.records] == [(None, "")]

    world.write(target())
    assert len(world.forge.runs) == 1
    assert world.records[0].run_id == 1
    before = len(world.said)
    world.write(target())
    assert len(world.said) == before


def test_a_creation_that_never_arrived_is_made_again(world):
    world.forge.failing = [Transient("timed out", maybe_done=True)]
    world.write(target())
    world.write(target())

    assert [how for how, *_ in world.said] == ["create"]
    assert [r.serial for r in world.records] == [1]


def test_a_lost_creation_that_was_finished_meanwhile_is_not_reopened(world):
    world.forge.failing, world.forge.lost = [Transient("timed out", maybe_done=True)], True
    world.write(done())
    world.forge.lost = False
    world.write(target())

    assert [(how, status) for how, status, _ in world.said] == [
        ("create", "completed"),
        ("create", "queued"),
    ]
    assert [r.serial for r in world.records] == [1, 2]


class Died(BaseException):
    """The process ends between what it sends and what it stores."""


@pytest.mark.parametrize("end", [Transient("timed out", maybe_done=True), Died()])
def test_what_an_update_without_an_answer_may_have_said_is_corrected(world, end):
    """It arrived, and by the next look what was said before it is true again."""
    world.write(target())
    world.forge.failing, world.forge.lost = [end], True
    with suppress(Died):
        world.write(target("blocked", "in_progress"))
    world.write(target())
    world.write(target())

    assert [title for _, _, title in world.said] == ["waits", "blocked", "waits"]


@pytest.mark.parametrize("end", [Transient("timed out", maybe_done=True), Died()])
def test_a_text_whose_update_had_no_answer_is_brought_up_to_date_in_its_time(world, end):
    world.write(target("position 2"))
    world.later(seconds=60)
    world.forge.failing, world.forge.lost = [end], True
    with suppress(Died):
        world.write(target("position 1"))
    assert world.write(target("position 2")) is None
    world.write(target("position 2"))

    assert [title for _, _, title in world.said] == ["position 2", "position 1", "position 2"]


def test_an_end_whose_answer_was_lost_is_not_reopened(world):
    world.write(target())
    world.forge.failing, world.forge.lost = [Transient("timed out", maybe_done=True)], True
    world.write(done())
    world.forge.lost = False
    world.write(target())

    assert [(how, status) for how, status, _ in world.said] == [
        ("create", "queued"),
        ("update", "completed"),
        ("create", "queued"),
    ]


def test_an_end_that_never_arrived_leaves_its_run_open(world):
    world.write(target())
    world.forge.failing = [Transient("timed out", maybe_done=True)]
    world.write(done())
    world.write(target("waits again"))

    assert [(how, status) for how, status, _ in world.said] == [
        ("create", "queued"),
        ("update", "queued"),
    ]


def test_a_doubtful_run_that_is_over_is_not_made_for_its_end(world):
    world.forge.failing = [Transient("timed out", maybe_done=True)]
    world.write(target())
    over = target("superseded", "completed", "skipped", existing_only=True)
    world.write(over)
    world.write(over)

    assert world.said == []


@pytest.mark.parametrize("error", [Denied("no"), Transient("timed out", maybe_done=True)])
def test_a_success_that_could_not_be_taken_back_is_taken_back_at_the_next_look(world, error):
    """The run of its end was not made; but the one that it takes back is there."""
    over = target("over", "completed", "cancelled", existing_only=True, anew=True)
    world.write(done("may be merged"))
    world.forge.failing = [error]
    world.write(over)
    world.write(over)
    world.write(over)

    assert [title for _, _, title in world.said] == ["may be merged", "over"]


def test_a_success_whose_end_github_refused_is_taken_back_after_a_pause(world):
    over = target("over", "completed", "cancelled", existing_only=True, anew=True)
    world.write(done("may be merged"))
    world.forge.failing = [Rejected("Validation Failed")]
    assert world.write(over) == timedelta(seconds=30)
    world.later(seconds=30)
    world.write(over)
    world.write(over)

    assert [title for _, _, title in world.said] == ["may be merged", "over"]


def test_a_run_that_github_refused_is_not_made_for_its_end(world):
    over = target("over", "completed", "cancelled", existing_only=True, anew=True)
    world.forge.failing = [Rejected("Validation Failed")]
    world.write(target())
    world.later(hours=1)
    world.write(over)

    assert world.said == []


def test_a_run_that_vanished_is_made_anew(world):
    world.write(target())
    world.forge.runs.clear()
    world.write(target("writing", "in_progress"))

    assert [how for how, *_ in world.said] == ["create", "create"]
    assert world.forge.runs[1].external_id == "dev:p1:2"


def test_a_refused_run_is_tried_again_with_growing_pauses(world):
    """What GitHub refused was not told: its answer may be another one next time."""
    world.forge.failing = [Rejected("Validation Failed")]
    assert world.write(target()) == timedelta(seconds=30)
    assert world.write(target()) == timedelta(seconds=30)
    world.later(seconds=30)
    world.forge.failing = [Rejected("Validation Failed")]
    assert world.write(target()) == timedelta(seconds=60)
    assert world.said == []

    world.later(seconds=60)
    world.write(target())
    assert world.said == [("create", "queued", "waits")]
    assert len(world.records) == 1


def test_a_refused_run_is_tried_at_once_when_it_says_something_else(world):
    world.forge.failing = [Rejected("Validation Failed")]
    world.write(target())
    world.write(target("writing", "in_progress"))
    assert world.said == [("create", "in_progress", "writing")]


def test_an_end_that_github_refused_is_said_later_and_blocks_no_other(world):
    world.write(target())
    world.forge.failing = [Rejected("Validation Failed")]
    world.write(done(), target("other", name="e2e"))
    assert [run.open for run in world.records if run.name == "stagelock / dev"] == [True]
    assert world.said[1:] == [("create", "queued", "other")]

    world.later(seconds=30)
    world.write(done(), target("other", name="e2e"))
    assert world.said[2:] == [("update", "completed", "verified")]


@pytest.mark.parametrize("error", [Denied("checks: write is missing"), Missing("no repository")])
def test_what_is_refused_is_told_and_tried_again_after_minutes(world, error):
    world.forge.failing = [error]
    told = []
    world.refused = lambda: told.append(error)

    assert world.write(target()) == REFUSED_PAUSE
    assert told == [error]


def test_a_run_that_fails_concerns_no_other(world):
    world.forge.failing = [Missing("no such commit")]
    world.write(target(name="plan"), target(name="dev"))
    assert [d.name for _, d in world.forge.writes] == ["stagelock / dev"]

    world.forge.failing = [Transient("GitHub answered 502")]
    world.write(target(name="prod"), target(name="e2e"))
    assert [d.name for _, d in world.forge.writes] == ["stagelock / dev", "stagelock / e2e"]


def test_under_pressure_the_order_is_kept_and_nothing_is_dropped(world):
    """The budget allows one; the rest comes later, in its newest state."""
    first, second, third = (target(name=n) for n in ("plan", "failed", "dev"))
    world.write(first)
    world.forge.failing = [Transient("60 a minute", retry_after=17.5)]

    assert world.write(first, second, third) == timedelta(seconds=17.5)
    assert len(world.said) == 1

    newer = target("verified", "completed", "success", name="dev")
    world.write(first, second, newer)
    assert [(how, d.name, d.status) for how, d in world.forge.writes[1:]] == [
        ("create", "stagelock / failed", "queued"),
        ("create", "stagelock / dev", "completed"),
    ]


def test_a_worker_whose_claim_was_lost_says_nothing_more(world):
    """A late word would stand: the store believes that GitHub was told the newer one."""
    world.write(target())

    def lost():
        raise Conflict("the lease was lost")

    world.check = lost
    with pytest.raises(Conflict):
        world.write(done())
    assert world.said == [("create", "queued", "waits")]
