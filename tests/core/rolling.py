"""Little worlds with something to go back to."""

from __future__ import annotations

from app.core.model.names import Sha
from tests.core.world import World, a_pipeline

HEAD = "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\n"
DEV = HEAD + "stages:\n  dev: {path: stages/dev, verify: {checks: [e2e]}}\n"
SHARED = HEAD + (
    "stages:\n"
    "  one: {path: stages/one, lock: floor, verify: {checks: [one]}}\n"
    "  two: {path: stages/two, lock: floor, verify: {checks: [two]}}\n"
)


def history(*outcomes: str) -> tuple[World, list[Sha]]:
    """A freight an outcome, oldest first: `success`, `failure`, or `` where no check has ended."""
    world, found = a_pipeline(DEV), []
    for number, outcome in enumerate(outcomes):
        found.append(world.push({"apps/web/x": str(number)}))
        world.settle()
        if outcome:
            world.check("main", "e2e", outcome)
        world.wait(minutes=2)
    return world, found


GOOD, BAD = "success", "failure"


def two_in_both(lock: str = "{}"):
    """Two freights, one after the other, verified in both stages that share the *lock*."""
    world, shas = a_pipeline(SHARED + f"locks: {{floor: {lock}}}\n"), []
    for number in range(2):
        shas.append(world.push({"apps/web/x": str(number)}))
        world.settle()
        for name in ("one", "two"):
            world.check(world.last(name).landed or "main", name)
            world.wait(minutes=2)
    return world, shas
