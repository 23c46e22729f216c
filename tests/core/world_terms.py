"""By which terms a stage of the world is asked about, and how its pull request's head stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.model.facts import HeadState
from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from app.core.paths.canonical import within
from tests.core.world_git import content, differ

if TYPE_CHECKING:
    from tests.core.world import World


def stage_under(world: World, name: StageName, freight: FreightId) -> Stage:
    for row in world.of(name):
        if not row.ended and row.freight == freight and name in world.pipelines[row.config].stages:
            return world.pipelines[row.config].stages[name]
    return world.pipeline.stages[name]


def under_way(world: World, name: StageName) -> Stage:
    going = next((row for row in world.of(name) if not row.ended), None)
    return stage_under(world, name, going.freight) if going else world.pipeline.stages[name]


def head_state(world: World, name: StageName) -> HeadState:
    """The outputs on the base changed since the head was made, or what is below it is gone."""
    stage = under_way(world, name)
    base = world.git.heads.get(stage.branch or world.default)
    head = world.git.heads.get(f"stagelock/{name}")
    fork = next((sha for sha in world.git.line(base) if world.git.contains(head, sha)), None)
    if fork is None:
        return "outdated"
    held = [content(world.git.files(sha), stage.outputs) for sha in (fork, base)]
    old, new = world.git.files(fork), world.git.files(head)
    if held[0] != held[1] or not all(
        any(within(path, o.path) for o in stage.outputs) for path in differ(old, new)
    ):
        return "outdated"
    return "fits" if fork == base else "behind"
