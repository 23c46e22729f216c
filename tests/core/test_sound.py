"""The little world looks at every plan with `sound`: here it is shown what that sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.planning.actions import EndRequest, Record
from tests.core.sound import sound
from tests.core.world import a_pipeline


@pytest.fixture
def looked():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev, soak: 1h, verify: {checks: [unit]}}}
""")
    world.push({"apps/web/x": "1"})
    world.settle()
    _, waits = world.look()
    world.wait(hours=1)
    return waits, world.last("dev")


def test_a_plan_is_sound(looked):
    assert sound(looked[0]) is looked[0]


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "WAITING"},
        {"names": None},
        {"names": ("dev",)},
        {"since": "yesterday"},
    ],
)
def test_an_answer_that_is_not_whole_is_seen(looked, change):
    plan, _ = looked
    (verdict,) = plan.verdicts
    with pytest.raises(AssertionError):
        sound(replace(plan, verdicts=(verdict._replace(**change),)))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "verified"},
        {"state": "Verifying"},
        {"landed_at": None},
        {"written": None},
        {"updated_at": None},
    ],
)
def test_a_row_that_is_not_whole_is_seen(looked, change):
    plan, row = looked
    sound(replace(plan, actions=(Record((row,)),)))
    with pytest.raises(AssertionError):
        sound(replace(plan, actions=(Record((replace(row, **change),)),)))


def test_an_action_without_words_is_seen(looked):
    wordless = EndRequest(1, "released", None)  # type: ignore[arg-type]  # that is seen
    with pytest.raises(AssertionError):
        sound(replace(looked[0], actions=(wordless,)))
