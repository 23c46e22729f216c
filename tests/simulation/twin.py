"""The undisturbed world: the same sources and the same file, and nothing ever went wrong."""

from __future__ import annotations

from app.core.model.names import Sha
from app.git.trees import FILE, Entry
from tests.simulation import calm, laws
from tests.simulation.acts import keyed
from tests.simulation.world import World


def compare(world: World) -> None:
    """Where *world* came to rest, its stages hold what those of its twin hold."""
    # Before the twin is made: there is one database, and each world begins by emptying it.
    kept = {promotion.stage for promotion in world.records().promotions if promotion.edits}
    twin = World(world.document, world.seed)
    _begin(twin, world)
    calm.settle(twin)
    calm.arrived(twin)
    for stage in world.pipeline.stages.values():
        # What people changed by hand there may be kept: `on-drift: merge`.
        for output in stage.outputs if stage.path is not None and stage.name not in kept else ():
            if output.key is None and _at(world, stage, output.path) != _at(
                twin, stage, output.path
            ):
                laws.broken(world, f"7: {stage.name} holds other content than undisturbed")


def _begin(twin: World, world: World) -> None:
    """One push of all that people wrote, without what stages hold."""
    server, trees = twin.server, twin.server.objects.trees
    root = server.objects.tree_of(world.server.tips["main"]) or trees.write({})
    for stage in world.pipeline.stages.values():
        if stage.path is not None:
            root = trees.replace(root, stage.path.encode(), None)
    for path, data in keyed(world.document).items():
        root = trees.replace(root, path.encode(), Entry(FILE, server.objects.write_blob(data)))
    server.push("main", server.written(root, (), "Begin again"))
    twin.tick()


def _at(world: World, stage, path: str) -> Entry | None:
    tip: Sha | None = world.server.tips.get(world.branch(stage))
    return world.server.at(tip, path)
