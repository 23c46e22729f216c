"""A process dies while a command takes effect: it did so once, and says so (rules C6, I6)."""

import pytest

from tests.simulation.pipelines import text
from tests.simulation.stories import TWO
from tests.simulation.world import World

STAGES = {"s0": {"freight": "w1", "path": "stages/s0"}, "s1": {"freight": "w1", "auto": False}}
CRASHES = [("crash-before", calls) for calls in range(4, 10)]
"""Around what the command changes; a death after one write is one before the next."""


def said(body, crash=None, *, before=""):
    """What *body*, a comment of ann's, is answered; she said *before* some time ago."""
    world = World({"version": 1, "warehouses": TWO, "stages": STAGES}, 1)
    files = {"apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    where = world.server.commit("main", files, "Begin")
    world.tick()
    if before:
        world.comment(where, before, "ann")
        world.tick()
    known = set(world.forge.comments)
    if crash:
        world.faults.arm(*crash)
    world.comment(where, body, "ann")
    for _ in range(4):
        world.tick()
    new = [c for number, c in world.forge.comments.items() if number not in known and c.is_bot]
    return world, [c.body for c in new]


def told(body, crash, **more):
    """The one answer, without the times in it and the event's id."""
    _, undisturbed = said(body, **more)
    world, answers = said(body, crash, **more)
    assert len(answers) == len(undisturbed) == 1
    return world, answers[0], undisturbed[0]


def gist(answer):
    return [line.partition(" since ")[0] for line in answer.splitlines() if line]


@pytest.mark.parametrize("crash", CRASHES)
def test_resume_is_not_told_that_nothing_was_held(crash):
    world, answer, undisturbed = told("/resume s0", crash, before="/hold s0 not now")
    assert answer.startswith("Done")
    assert gist(answer) == gist(undisturbed)
    assert world.records().holds == ()


@pytest.mark.parametrize("crash", CRASHES)
def test_a_hold_does_not_replace_itself(crash):
    world, answer, undisturbed = told("/hold s0 not now", crash)
    assert "replaces" not in answer
    assert gist(answer) == gist(undisturbed)
    assert len(world.records().holds) == 1


@pytest.mark.parametrize("crash", CRASHES)
def test_of_several_commands_each_counts_once_in_their_order(crash):
    body = "/promote s1\n/hold s0 not now\n/resume s0\n/resume s0"
    world, answer, undisturbed = told(body, crash)
    assert gist(answer) == gist(undisturbed)
    assert answer.count("is not on hold") == 1
    assert [
        promotion.state for promotion in world.records().promotions if promotion.stage == "s1"
    ] == ["verified"]


@pytest.mark.parametrize("crash", [("crash-before", calls) for calls in range(3, 7)])
def test_whoever_freed_a_lock_stands_in_the_audit(crash):
    lock = {"path": "stages/s0", "lock": ["one"], "verify": {"checks": ["t0"]}}
    locks = {"one": {"permits": 1, "max-hold": "5m"}}
    stages = {"s0": {"freight": "w1", "timeout-minutes": 90, **lock}}
    world = World({"version": 1, "warehouses": TWO, "stages": stages, "locks": locks}, 1)
    world.ci.silence()
    files = {"apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    world.server.commit("main", files, "Begin")
    world.tick()
    world.forge.start(world.records().promotions[-1].landed, "t0")
    world.passes(10)
    (run,) = [r for r in world.forge.runs.values() if "release" in r.buttons][-1:]
    world.faults.arm(*crash)
    world.click(run, "release", "max")
    for _ in range(4):
        world.tick()
    assert [request.state for request in world.records().requests] == ["forced"]
    audit = [entry.entry for entry in world.store.audit.newest()]
    assert [e["effective"] for e in audit if e.get("command") == "release"] == [True]
