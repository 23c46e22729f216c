"""What the simulation found since: each story as short as it could be made."""

import pytest

from tests.simulation.pipelines import text
from tests.simulation.test_found import TWO, a_story
from tests.simulation.world import World


def test_a_commit_that_failed_its_checks_offers_nothing_that_needs_its_stage():
    """rule R45: the stage was removed, and the run went on offering `/why` of it."""
    warehouses = {"w0": {**TWO["w0"], "checks": ["build"]}, "w1": TWO["w1"]}
    stages = {"s0": {"freight": "w1", "path": "stages/s0"}, "s1": {"path": "stages/s1"}}
    events = [
        ("ci", 19, 15, 1),
        ("fail-again", 18, 5, 2),
        ("ci", 8, 10, 0),
        ("wait", 8, 22, 2),
        ("edit", 13, 7, 0),
    ]
    assert a_story(stages, *events, seed=5251, warehouses=warehouses).wrong == ""


MANUAL = {"s0": {"freight": "w1", "auto": False, "branch": "env/s0"}}


@pytest.mark.parametrize("calls", range(10))
def test_a_click_whose_process_died_is_not_told_that_it_was_asked_for_already(calls):
    """rules C6, I6: its order was stored, and its answer not; the order then spoke against it."""
    events = [("crash-before", calls, 0, 0), ("click", 0, 0, 0)]
    assert a_story(MANUAL, *events, seed=1, warehouses=TWO).wrong == ""


@pytest.mark.parametrize("calls", range(10))
def test_nor_is_a_comment(calls):
    """seed 5430"""
    stages = {"s0": {**MANUAL["s0"]}}
    world = World({"version": 1, "warehouses": TWO, "stages": stages}, 1)
    files = {"apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    freight = world.server.commit("main", files, "Begin")
    world.tick()
    world.faults.arm("crash-before", calls)
    world.comment(freight, "/promote s0", "ann")
    for _ in range(4):
        world.tick()
    told = [said.body for said in world.forge.comments.values() if said.is_bot]
    assert [body for body in told if "Not done" in body] == []
    assert [row.state for row in world.records().promotions] == ["verified"]
