"""Comments whose delivery was lost take effect before later ones that arrived (rules C5, C6)."""

from datetime import timedelta

import pytest

from tests.simulation.pipelines import text
from tests.simulation.stories import TWO
from tests.simulation.world import World

STAGES = {
    "s0": {"freight": "w1", "path": "stages/s0", "approve": {"count": 2}},
    "s1": {"freight": "w1", "path": "stages/s1", "auto": False, "lock": ["one"]},
}


def begun():
    document = {"version": 1, "warehouses": TWO, "stages": STAGES, "locks": {"one": {"permits": 1}}}
    world = World(document, 1)
    files = {"apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    where = world.server.commit("main", files, "Begin")
    world.tick()
    return world, where


def both(world, where, lost, arrived):
    """Somebody says *lost*, of which no delivery tells, and then *arrived*; the two answers."""
    known = set(world.forge.comments)
    world.comment(where, lost, "max", delivered=0)
    world.comment(where, arrived, "max")
    for _ in range(3):
        world.tick()
    world.now += timedelta(minutes=6)  # comments are listed again, whoever asks
    for _ in range(3):
        world.tick()
    new = [c for number, c in sorted(world.forge.comments.items()) if number not in known]
    return [c.body for c in new if c.is_bot]


def test_a_lost_unapprove_takes_back_no_later_approval():
    """It was found when the approval had been carried out, and took that back (seed 4007)."""
    world, where = begun()
    first, second = both(world, where, "/unapprove s0", "/approve s0")
    assert first.startswith("Not done")
    assert second.startswith("Done")
    assert [approval.login for approval in world.records().approvals] == ["max"]


@pytest.mark.parametrize(
    ("lost", "arrived", "left"),
    [
        ("/hold s0 not now", "/resume s0", ()),
        ("/resume s0", "/hold s0 not now", ("s0",)),
    ],
)
def test_a_lost_hold_or_its_end_does_not_undo_what_was_said_after_it(lost, arrived, left):
    world, where = begun()
    both(world, where, lost, arrived)
    assert tuple(hold.stage for hold in world.records().holds) == left


@pytest.mark.parametrize("blocked", [True, False])
def test_a_lost_block_or_its_end_does_not_undo_what_was_said_after_it(blocked):
    world, where = begun()
    words = [f"/allow {where}", f"/block {where} it is broken"]
    both(world, where, *(words if blocked else reversed(words)))
    assert [block.freight.sha for block in world.records().blocks] == [where] * blocked


@pytest.mark.parametrize("held", [True, False])
def test_a_lost_lock_or_its_end_does_not_undo_what_was_said_after_it(held):
    world, where = begun()
    words = ["/unlock one", "/lock one for 30m a look"]
    both(world, where, *(words if held else reversed(words)))
    states = [request.state for request in world.records().direct]
    assert states.count("held") == held
