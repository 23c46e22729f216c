"""Since when the gates `reverted` and `drift` answer as they do: by what was recorded (rule C56)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.core.model.hand_edits import MOST, HandEdit, gathered
from app.core.model.names import Sha
from app.core.model.snapshot import Line
from app.core.model.verdicts import GateAnswer
from tests.core.blocking import CHAIN, taken_back
from tests.core.drifting import TEXT, edit, freight, promoted
from tests.core.world import START, World, a_pipeline

HOUR = timedelta(hours=1)


def answer(world: World, stage: str, commit: str, gate: str) -> GateAnswer:
    return next(g for g in world.verdict(stage, Sha(commit)).gates if g.gate == gate)


@pytest.mark.parametrize(
    ("commit", "hours"), [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", None), ("gone", None)]
)
def test_a_commit_was_seen_with_the_first_tip_that_holds_it(commit: str, hours: int | None):
    """The tip "gone" is on the line no more; nobody saw one that holds "e"."""
    places = {Sha(name): place for place, name in enumerate("abcde")}
    seen = {"d": START + 2 * HOUR, "b": START + HOUR, "gone": START}
    heads = {Sha(name): at for name, at in seen.items()}
    line = Line(places, {place: name for name, place in places.items()}, 4, heads=heads)

    assert line.seen_at(Sha(commit)) == (None if hours is None else START + hours * HOUR)


def test_who_brings_in_what_was_taken_back_passes_since_that_word():
    world = a_pipeline(CHAIN.replace("{needs: [dev]", "{needs: [dev], auto: false, soak: 9h"))
    bad = world.push({"apps/web/x": "bad"})
    world.settle()
    taken_back(world, bad)
    assert answer(world, "prod", bad, "reverted").since is None  # it was never on this line
    world.now += HOUR
    world.say("promote", "prod", Sha(bad))
    said = world.now
    world.now += HOUR

    given = answer(world, "prod", bad, "reverted")

    assert (given.state, given.since) == ("pass", said)


def test_who_lets_a_hand_edit_be_replaced_passes_since_that_word():
    world = promoted("block, at-most-every: 9h")
    edit(world, x="hot")
    sha = freight(world, x="2")
    world.now += HOUR
    world.command("promote", "prod", Sha(sha))
    said = world.now
    world.now += HOUR

    given = answer(world, "prod", sha, "drift")

    assert (given.state, given.since) == ("pass", said)


def test_what_was_kept_before_blocks_since_it_was_kept():
    world = promoted("merge")
    edit(world, y="hot")
    world.now += HOUR
    freight(world, x="2")
    kept = world.last("prod").landed_at
    world.now += HOUR
    world.configure(TEXT.format(more=", on-drift: block", below=""))
    sha = freight(world, x="3")

    given = answer(world, "prod", sha, "drift")

    assert kept == START + HOUR
    assert (given.state, given.since) == ("wait", kept)


@pytest.mark.parametrize("count", [1, MOST + 5])
def test_of_edits_told_together_the_first_counts(count: int):
    def edits(at: datetime | None) -> list[HandEdit]:
        return [HandEdit(f"p{n:04}", since=at) for n in range(count)]

    known = gathered([*edits(START + HOUR), *edits(None), *edits(START)])

    assert {one.since for one in known} == {START}
