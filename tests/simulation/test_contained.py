"""Each of the five errors at each question and each action of one stage: the others end as ever."""

import functools

import pytest

from app.errors import Missing
from tests.simulation.failing import CALLS, ERRORS, OPENING, FailingWorld, Failure
from tests.simulation.pipelines import text


def story(kind: str, failure: Failure) -> FailingWorld:
    """Three freights, the second and third while something fails; a red build is tried again."""
    world = FailingWorld(kind, failure)
    world.server.commit(
        "main",
        {"apps/a/x": b"0", "apps/b/x": b"0", "stagelock.yaml": text(world.document)},
        "Begin",
    )
    failure.on = failure.call in OPENING
    world.tick()
    world.tick()
    failure.on = True
    world.passes(3)
    world.concluded("failure")
    landed = next((r.landed for r in world.records().promotions if r.stage == "bad"), None)
    if landed is not None:
        world.comment(landed, "/retry bad", "ann")
        world.tick()
        world.tick()
    world.change("1")
    world.concluded("success")
    world.change("2")
    world.passes(80)
    return world


@functools.cache
def undisturbed(kind: str) -> tuple[list, list]:
    world = story(kind, Failure("nothing", lambda: Missing("nothing")))
    assert len(world.states("good")) == 3
    assert not world.unclean
    good = world.states("good")
    return [state for _, state in good], [s.split(" ", 1)[1] for s in world.shown("good")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(("kind", "call"), [(k, c) for k, calls in CALLS.items() for c in calls])
def test_what_fails_in_one_stage_changes_nothing_in_another(kind, call, error):
    states, shown = undisturbed(kind)
    failure = Failure(call, ERRORS[error])
    world = story(kind, failure)

    assert failure.hits
    assert world.unclean == []
    assert [state for _, state in world.states("good")] == states
    assert [said.split(" ", 1)[1] for said in world.shown("good")] == shown


@pytest.mark.parametrize("kind", CALLS)
def test_once_it_answers_again_the_stage_goes_on(kind):
    failure = Failure("checks" if kind == "commit" else "pull", ERRORS["transient"])
    world = story(kind, failure)
    failure.on = False
    for _ in range(6):
        world.concluded("success")
        world.passes(10)
    newest = world.server.tips["main"]
    assert (newest, "verified") in world.states("bad")
