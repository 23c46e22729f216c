"""People bring earlier freight back: by a word, or by a failed run's button."""

from __future__ import annotations

from tests.simulation.github import OWN_APP
from tests.simulation.green import green, merged
from tests.simulation.pipelines import FOLDERS
from tests.simulation.sayings import TIMES
from tests.simulation.world import World

LOOKS = 4


def _arrive(world: World, one: int, two: int, delivery: int) -> str:
    """A push goes as far as it can while all goes well: there is something to go back to."""
    folder = list(FOLDERS.values())[one % len(world.document["warehouses"])]
    sha = world.server.commit("main", {f"{folder}/x": f"{one} {two} {delivery}".encode()})
    world.tell(f"alice pushes {sha[:7]} to {folder}, and CI is green")
    for _ in range(LOOKS):
        world.tick()
        green(world)
        merged(world)
    return "some of it has arrived"


def _rollback(world: World, one: int, two: int, delivery: int) -> str | None:
    """Mostly of a stage that has something to go back to; now and then to what a person names."""
    records = world.records()
    rows = [p for p in records.promotions if p.landed is not None]
    several = [n for n in world.document["stages"] if sum(p.stage == n for p in rows) > 1]
    busy = [n for n in several if any(p.stage == n and not p.ended for p in records.promotions)]
    names = (busy or several) if several and two % 6 else list(world.document["stages"])
    stage = names[one % len(names)]
    here = [p.freight for p in rows if p.stage == stage]
    to = f" to {here[one % len(here)].sha[: (40, 12)[two % 2]]}" if here and two % 3 == 1 else ""
    pulls = [n for n, p in world.forge.pulls.items() if p.state == "open"]
    on = pulls[two % len(pulls)] if pulls and one % 3 == 0 else world.server.tips["main"]
    user = "rob" if one % 11 == 5 else "ann"
    world.comment(on, f"/rollback {stage}{to}", user, delivered=TIMES[delivery])
    return f"{user} comments '/rollback {stage}{to}'"


def _press(world: World, one: int, two: int, delivery: int) -> str | None:
    runs = [r for r in world.forge.runs.values() if r.app_id == OWN_APP and "rollback" in r.buttons]
    if not runs:
        return None
    run, user = runs[-1 - one % len(runs)], "rob" if two % 7 == 3 else "ann"
    world.click(run, "rollback", user, delivered=max(1, TIMES[delivery]))
    return f"{user} clicks rollback on {run.name} of {run.sha[:7]}"


def _resume(world: World, one: int, two: int, delivery: int) -> str | None:
    """What was rolled back goes on; now and then a person names what it left."""
    back = [p for p in world.records().promotions if p.leaves is not None]
    if not back:
        return None
    row, on = back[-1 - one % len(back)], world.server.tips["main"]
    body = f"/promote {row.stage} {row.leaves.sha}" if two % 4 == 1 else f"/resume {row.stage}"
    world.comment(on, body, "ann", delivered=TIMES[delivery])
    return f"ann comments {body!r}"


GOING_BACK = {
    "arrive": _arrive, "rollback": _rollback, "press-rollback": _press, "go-on": _resume,
}  # fmt: skip
