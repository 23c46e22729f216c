"""Check runs are written when they differ, once, and say the newest."""

from dataclasses import replace
from datetime import timedelta

from app.core.model.facts import Annotation
from app.engine.checkruns.writer import REMEMBERED
from tests.engine.projecting import done, target, world

__all__ = ["world"]


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
