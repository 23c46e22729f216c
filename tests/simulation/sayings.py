"""What people say and click, and how GitHub's deliveries of it travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.github import OWN_APP

if TYPE_CHECKING:
    from tests.simulation.world import World

TIMES = (1, 0, 2)
"""How often a delivery arrives at once, by how it travels."""


def _command(world: World, verb: str, one: int, two: int, delivery: int) -> str | None:
    stages = list(world.document["stages"])
    stage = stages[one % len(stages)]
    body = f"/{verb} {stage}"
    freights = [
        f.id for f in world.records().freights
        if f.id.warehouse == world.document["stages"][stage]["freight"]
    ]  # fmt: skip
    if freights and two % 3 == 0:
        body += f" {freights[-1 - two % len(freights)].sha}"
    pulls = [n for n, p in world.forge.pulls.items() if p.state == "open"]
    on = pulls[two % len(pulls)] if pulls and one % 2 else world.server.tips["main"]
    user = "rob" if one % 11 == 5 else "ann"
    world.comment(on, body, user, delivered=TIMES[delivery])
    return f"{user} comments {body!r}"


def _promote(world: World, one: int, two: int, delivery: int) -> str | None:
    return _command(world, "promote", one, two, delivery)


def _retry(world: World, one: int, two: int, delivery: int) -> str | None:
    return _command(world, "retry", one, two, delivery)


def _hold(world: World, one: int, two: int, delivery: int) -> str | None:
    queued = [r.stage for r in world.records().requests if r.state == "queued"]
    stages = queued if queued and two % 4 else list(world.document["stages"])
    until = ("", "until 30m ", "")[two % 3]
    body = f"/hold {stages[one % len(stages)]} {until}not now"
    world.comment(world.server.tips["main"], body, "ann", delivered=TIMES[delivery])
    return f"ann comments {body!r}"


def _resume(world: World, one: int, two: int, delivery: int) -> str | None:
    return _command(world, "resume", one, 1, delivery)


def _click(world: World, one: int, two: int, delivery: int) -> str | None:
    # A rollback is an act of its own, drawn apart.
    offered = {r.id: [b for b in r.buttons if b != "rollback"] for r in world.forge.runs.values()}
    runs = [r for r in world.forge.runs.values() if r.app_id == OWN_APP and offered[r.id]]
    if not runs:
        return None
    run = runs[-1 - one % len(runs)]
    verb = offered[run.id][two % len(offered[run.id])]
    user = "max" if verb == "release" and two % 3 else "ann"  # who frees a lock answers for it
    world.click(run, verb, user, delivered=max(1, TIMES[delivery]))
    return f"{user} clicks {verb} on {run.name} of {run.sha[:7]}"


def _post(world: World, one: int, two: int, _: int) -> str | None:
    """A delivery that was on its way arrives, in whatever order; or one that arrived comes again."""
    late = [place for place, (_, arrived) in enumerate(world.mail) if arrived == bool(two % 4 == 0)]
    if not late:
        return None
    place = late[one % len(late)]
    world.arrive(place)
    return f"delivery {place} arrives {'again' if two % 4 == 0 else 'late'}"


SAID = {
    "promote": _promote, "retry": _retry, "hold": _hold, "resume": _resume, "click": _click,
    "post": _post,
}  # fmt: skip
