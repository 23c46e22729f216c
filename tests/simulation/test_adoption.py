"""First contact by whole ticks: which freight explains what a stage holds already (rules A1 to A4)."""

from __future__ import annotations

import pytest

from app.engine.survey.adoption import REACH, RENDERS
from tests.simulation.pipelines import text
from tests.simulation.quiet import DEV, Quiet

DOCUMENT = {
    "version": 1,
    "locks": {"one": {"permits": 1}},
    "warehouses": {"w0": {"paths": ["apps/a"]}},
    "stages": {"dev": {"freight": "w0", **DEV}},
}


def a_stage_at(behind: int, *, content: bytes | None = None) -> tuple[Quiet, str]:
    """
    A new file in a repository whose stage holds what the commit that many firing ones below the
    newest gave; between any two of those lie others. The commit.
    """
    world = Quiet(DOCUMENT)
    tip, held = None, ""
    for number in range(behind + 2):
        tip = world.made(tip, {"apps/a/x": str(number).encode()})
        held = tip if number == 1 else held
        if number % 50 == 0:
            tip = world.made(tip, {"docs/n": str(number).encode()})
    there = {"stages/dev/web/x": content or b"1", "stagelock.yaml": text(DOCUMENT)}
    world.server.push("main", world.made(tip, there))
    for _ in range(2 * behind // RENDERS + 4):
        world.tick()
    return world, held


def test_three_limits_are_rules_and_this_is_one():
    assert REACH == 500


@pytest.mark.parametrize("behind", [1, 61, REACH - 1])
def test_content_of_one_of_the_500_newest_that_fire_is_adopted(behind):
    """However many others lie between, and however few of them a tick renders."""
    world, held = a_stage_at(behind)
    first, *others = world.rows("dev")
    assert (first.freight.sha, first.reason, first.verified_at) == (held, "adopted", None)
    assert [row.state for row in others] == ["verified"]
    assert others[0].freight.sha != held


def test_content_of_the_one_before_those_waits_for_a_person():
    world, _ = a_stage_at(REACH)
    assert world.rows("dev") == []
    world.passes(2)  # a text alone is written once a minute
    (run,) = [r for r in world.forge.runs.values() if r.name == "stagelock / dev"]
    assert run.status == "queued"
    assert run.title.startswith("dev holds content no freight explains (1 file)")


def test_while_it_is_looked_for_nothing_is_promoted_and_the_next_look_goes_on_at_once():
    world = Quiet(DOCUMENT)
    tip = None
    for number in range(RENDERS + 5):
        tip = world.made(tip, {"apps/a/x": str(number).encode()})
    there = {"stages/dev/web/x": b"0", "stagelock.yaml": text(DOCUMENT)}
    world.server.push("main", world.made(tip, there))
    world.tick()
    assert world.rows("dev") == []
    assert world.wake_at is not None
    assert (world.wake_at - world.now).total_seconds() <= 1
    world.ticks()
    assert world.rows("dev")[0].reason == "adopted"
