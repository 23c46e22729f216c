"""The law of rule D9 tells a word about what was there from one that something came after."""

import pytest

from app.core.model.names import StageName
from tests.simulation.laws import Broken
from tests.simulation.quiet import DEV, a_world


def a_stage_edited_by_hand():
    world = a_world({"dev": {**DEV, "on-drift": "block"}})
    world.ticks()
    world.push({"stages/dev/web/x": b"by hand"})
    world.push({"apps/a/x": b"1"})
    return world, world.pipeline.stages[StageName("dev")]


def replacing(world):
    """The stage's next promotion, which replaces what is there."""
    world.comment(world.server.tips["main"], f"/promote dev {world.minted()[-1]}", "ann")
    world.ticks()
    return world.rows("dev")[-1]


def test_what_was_there_when_it_was_said_may_be_replaced():
    world, stage = a_stage_edited_by_hand()
    below = world.server.tips["main"]
    row = replacing(world)
    assert [edit.fate for edit in row.edits] == ["replaced"]
    world.law.words.replaces(stage, row, below)


def test_what_came_after_the_word_may_not():
    world, stage = a_stage_edited_by_hand()
    later = world.made(world.server.tips["main"], {"stages/dev/web/x": b"and again"})
    row = replacing(world)
    with pytest.raises(Broken, match="D9"):
        world.law.words.replaces(stage, row, later)


def test_of_what_nobody_of_us_wrote_it_is_the_same():
    stages = {"dev": {**DEV, "auto": False}, "web": {**DEV, "path": "stages/web"}}
    world = a_world(stages, **{"stages/dev/web/x": b"theirs"})
    world.ticks()
    stage, below = world.pipeline.stages[StageName("dev")], world.server.tips["main"]
    row = world.rows("web")[-1]
    with pytest.raises(Broken, match="D9"):
        world.law.words.replaces(stage, row, below)
    world.comment(below, "/promote dev", "ann")
    world.ticks()
    assert world.rows("dev")[-1].state == "verified"
    world.law.words.replaces(stage, row, below)
