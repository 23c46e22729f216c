"""A stage under a lock whose check's job asks for the same lock."""

from __future__ import annotations

from app.core.model.names import Sha
from tests.simulation.asking import Asking
from tests.simulation.pipelines import text
from tests.simulation.stories import COPY, ONE
from tests.simulation.world import World


def begun(permits: int = 1, *, taken: bool = False, **stage: object) -> World:
    """A freight enters s0, which awaits t0 under the lock `one`; *taken*: that ann has."""
    made = {"freight": "w0", "path": "stages/s0", "steps": COPY, "lock": ["one"], **stage}
    made["verify"] = {"checks": ["t0"]}
    locks = {"one": {"permits": permits}}
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": made}, "locks": locks})
    world.ci.silence()
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, "Begin")
    world.tick()
    if taken:
        world.comment(world.server.tips["main"], "/lock one a look at it", "ann")
        world.tick()
    world.server.commit("main", {"apps/a/x": b"0"}, "Go on")
    world.tick()
    return world


def landed(world: World) -> Sha:
    found: Sha | None = world.records().promotions[-1].landed
    assert found is not None
    return found


def asks(world: World, commit: Sha | None = None) -> Asking:
    """The check begins on *commit*, and its job asks at once, with a token that names it."""
    check = world.forge.start(commit or landed(world), "t0")
    return world.jobs.asks(check.suite, check.id, check.sha, "one", told=check.id)


def ends(world: World, job: Asking, conclusion: str = "success") -> None:
    world.jobs.gives(job)
    world.forge.conclude(world.forge.runs[job.number], conclusion)
    world.tick()


def states(world: World) -> tuple[list[str], list[str]]:
    """Of the stages' requests, and of the promotions."""
    records = world.records()
    return [r.state for r in records.requests], [p.state for p in records.promotions]
