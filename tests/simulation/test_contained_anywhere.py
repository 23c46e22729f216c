"""Random histories in which one stage's calls fail: whatever fails, the other stage ends as ever."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Missing
from tests.simulation.failing import CALLS, ERRORS, FailingWorld, Failure
from tests.simulation.pipelines import text

WRITING = {
    **CALLS,
    "open": ("pull", "reviews", "update_pull", "close_pull", "push", "checks", "merge_base"),
}
PAIRS = [(kind, call) for kind, calls in WRITING.items() for call in calls]
EVENTS = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 3)),
    st.tuples(st.just("ends"), st.sampled_from(["success", "failure", "cancelled"])),
    st.tuples(st.just("retry"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 7, 30])),
    st.tuples(st.sampled_from(["merge", "close"]), st.just(0)),
)


def happen(world: FailingWorld, event: tuple) -> None:
    kind, value = event
    if kind == "change":
        held = str(value).encode()
        world.server.commit("main", {"apps/a/x": held, "apps/b/x": held}, "change")
        world.tick()
    elif kind == "ends":
        world.concluded(value)
    elif kind == "wait":
        world.passes(value)
    elif kind == "retry":
        landed = [r.landed for r in world.records().promotions if r.stage == "bad" and r.landed]
        if landed:
            world.comment(landed[-1], "/retry bad", "ann")
    elif pulls := [n for n, p in world.forge.pulls.items() if p.state == "open"]:
        if kind == "merge":
            world.forge.merge(pulls[-1], "merge", "bob")
        else:
            world.forge.close(pulls[-1], "bob")
    world.tick()


def played(kind: str, failure: Failure, events: list[tuple]) -> FailingWorld:
    world = FailingWorld(kind, failure)
    first = {"apps/a/x": b"0", "apps/b/x": b"0", "stagelock.yaml": text(world.document)}
    world.server.commit("main", first, "Begin")
    failure.on = True
    world.tick()
    for event in events:
        happen(world, event)
    for _ in range(4):
        world.passes(20)
    return world


def ends(world: FailingWorld) -> tuple[list[str], list[str]]:
    """Of the good stage: how its promotions ended, and what its runs say."""
    said = [shown.split(" ", 1)[1] for shown in world.shown("good")]
    return [state for _, state in world.states("good")], said


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.sampled_from(PAIRS),
    st.sampled_from(sorted(ERRORS)),
    st.lists(EVENTS, min_size=3, max_size=8),
)
def test_whatever_fails_in_one_stage_the_other_ends_as_ever(pair, error, events):
    """rule Z7"""
    kind, call = pair
    calm = played(kind, Failure("nothing", lambda: Missing("nothing")), events)
    world = played(kind, Failure(call, ERRORS[error]), events)
    assert world.unclean == []
    assert ends(world) == ends(calm)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", ["update_pull", "close_pull"])
def test_what_a_pull_request_is_told_or_closed_by_fails_alone(call, error):
    """rule Z7: newer freight takes it over, then nothing is left to change."""
    events = [("merge", 0), ("change", 1), ("change", 2), ("change", 0), ("wait", 30)]
    failure = Failure(call, ERRORS[error])
    world = played("open", failure, events)
    assert failure.hits
    assert world.unclean == []
    assert [state for _, state in world.states("good")] == ["verified"] * 4
    failure.on = False
    world.passes(30)
    assert [p.state for p in world.forge.pulls.values() if not p.merged] == ["closed"]
