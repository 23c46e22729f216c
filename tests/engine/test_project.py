"""Check runs are written when they differ, once, whatever is lost in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.checkruns import RunTarget
from app.core.checkruns.target import Weight
from app.core.model.facts import Annotation, RunDraft
from app.core.model.names import Repo
from app.engine.checkruns.writer import REFUSED_PAUSE, REMEMBERED, project
from app.engine.queue.next_look import PAUSE
from app.errors import Conflict, Denied, Missing, Rejected, Transient
from tests.contracts.facts import claimed
from tests.engine.runforge import RunForge
from tests.stores import sqlite_store

SHA = "a" * 40
REPO = Repo(7, "acme", "api", 3)


class World:
    """One repository's runs over a real store and a stand-in for GitHub."""

    def __init__(self, folder):
        self.store = sqlite_store(folder)
        self.claim = claimed(self.store)
        self.forge = RunForge()
        # Far ahead: the store forgets old records, by the database's clock.
        self.now = datetime(2100, 1, 1, tzinfo=UTC)
        self.check = lambda: None
        self.refused = lambda: None

    def write(self, *targets):
        return project(
            self.claim,
            REPO,
            targets,
            self.records,
            forge=self.forge,
            history=self.store.history,
            clock=lambda: self.now,
            check=self.check,
            refused=self.refused,
        )

    @property
    def records(self):
        return self.store.history.runs_on(7, [SHA])

    @property
    def said(self):
        return [(how, d.status, d.title) for how, d in self.forge.writes]

    def later(self, **length):
        self.now += timedelta(**length)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.store.close()


def target(title="waits", status="queued", conclusion=None, *, name="dev", state=None, **more):
    draft = RunDraft(f"stagelock / {name}", SHA, "", status, conclusion, title, "why")
    given = {"weight": Weight.BEGINNING, "event": "abcd2345", "about": "p1"}
    return RunTarget(draft, state or f"{status}:{conclusion}", **{**given, **more})


def done(title="verified", **more):
    return target(title, "completed", "success", **more)


def test_a_run_is_created_once_and_nothing_is_written_at_rest(world):
    world.write(target())
    for _ in range(5):
        world.later(hours=1)
        world.write(target())

    assert world.said == [("create", "queued", "waits")]
    assert world.forge.runs[1].external_id == "dev:p1:1"


def test_a_change_of_state_is_written_at_once(world):
    world.write(target())
    world.write(target("writing", "in_progress"))
    world.write(done())

    assert world.said == [
        ("create", "queued", "waits"),
        ("update", "in_progress", "writing"),
        ("update", "completed", "verified"),
    ]
    assert [r.serial for r in world.records] == [1]


def test_a_text_alone_is_written_at_most_every_60_seconds_a_run(world):
    world.write(target("3rd of 3"))
    world.later(seconds=20)

    assert world.write(target("2nd of 3")) == timedelta(seconds=40)
    world.later(seconds=20)
    assert world.write(target("1st of 3")) == timedelta(seconds=20)
    assert len(world.said) == 1

    world.later(seconds=20)
    world.write(target("1st of 3"))
    assert world.said[1:] == [("update", "queued", "1st of 3")]


def test_a_finished_run_never_reopens(world):
    """GitHub refuses to; a new run with the same name is what people then see."""
    world.write(done())
    world.write(target())

    assert [how for how, *_ in world.said] == ["create", "create"]
    assert world.forge.runs[2].external_id == "dev:p1:2"
    assert [r.serial for r in world.records] == [1, 2]


def test_a_finished_run_is_patched_to_another_end(world):
    world.write(target("ready", "completed", "neutral"))
    world.write(target("superseded", "completed", "skipped", existing_only=True))

    assert [how for how, *_ in world.said] == ["create", "update"]


def test_what_has_no_run_gets_none_only_to_say_its_end(world):
    assert world.write(target("superseded", "completed", "skipped", existing_only=True)) is None
    assert world.said == []


def test_an_unfinished_run_is_replaced_after_13_days(world):
    """GitHub turns it stale after 14."""
    wait = world.write(target())
    wait = world.write(target())
    assert timedelta(days=12, hours=23) < wait <= timedelta(days=13)
    world.later(days=12, hours=23)
    world.write(target())
    assert len(world.said) == 1

    world.later(hours=2)
    world.write(target())
    assert [how for how, *_ in world.said] == ["create", "create"]


def test_the_record_of_a_finished_run_is_kept_as_long_as_it_is_spoken_of(world):
    """A forgotten record would mean a second run of a pull request that stays open for weeks."""
    world.write(done())
    before = world.records[0].written_at
    world.later(days=8)

    assert world.write(done()) == REMEMBERED
    assert world.records[0].written_at - before >= timedelta(days=8)
    assert len(world.said) == 1


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


def test_texts_come_after_every_state(world):
    world.write(target("2nd", name="a"))
    world.later(seconds=90)
    world.write(target("1st", name="a"), target(name="b"))

    assert [d.name for _, d in world.forge.writes[1:]] == ["stagelock / b", "stagelock / a"]


def test_the_external_id_names_the_promotion_that_is_spoken_of(world):
    """A rebuild believes a commit only by our run that carries its promotion's id."""
    world.write(target(about=""))
    world.write(target("writing", "in_progress", about="p9"))

    assert world.forge.runs[1].external_id == "dev:p9:1"
    assert world.records[0].external_id == "dev:p9:1"


def test_another_promotion_in_the_same_state_is_told_at_once(world):
    """What stands there speaks of one that is not meant any more, such as before a rollback."""
    world.write(done(about="p1"))
    world.write(done("verified anew", about="p2"))

    assert world.said[-1] == ("update", "completed", "verified anew")
    assert world.records[0].external_id == "dev:p2:1"


def test_annotations_are_sent_once(world):
    """GitHub appends those of an update to those that are there."""
    note = Annotation("stagelock.yaml", 1, 1, "wrong")

    def noted(title):
        plain = target(title, "completed", "failure", name="config")
        return replace(plain, draft=replace(plain.draft, annotations=(note,)))

    world.write(noted("1 problem"))
    world.later(minutes=2)
    world.write(noted("one problem"))

    assert [len(d.annotations) for _, d in world.forge.writes] == [1, 0]


def test_only_the_newest_run_of_a_name_is_written_to(world):
    world.write(done())
    world.write(target())
    world.write(target("writing", "in_progress"))

    assert world.forge.runs[1].title == "verified"
    assert world.forge.runs[2].title == "writing"


def test_a_run_that_offers_a_command_is_remembered_as_such(world):
    """The plan speaks of its freight until the offer is taken back."""
    world.write(replace(target("ready", "completed", "neutral"), offers=True))
    assert [r.ready for r in world.records] == [True]

    world.write(target("superseded", "completed", "skipped", existing_only=True))
    assert [r.ready for r in world.records] == [False]


def test_a_worker_whose_claim_was_lost_says_nothing_more(world):
    """A late word would stand: the store believes that GitHub was told the newer one."""
    world.write(target())

    def lost():
        raise Conflict("the lease was lost")

    world.check = lost
    with pytest.raises(Conflict):
        world.write(done())
    assert world.said == [("create", "queued", "waits")]
