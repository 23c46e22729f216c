"""People take back what is under way: they block and allow freight, and cancel; windows close."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import timedelta

from app.core.model.names import Sha
from tests.simulation.pipelines import FOLDERS, text
from tests.simulation.sayings import TIMES
from tests.simulation.world import World

NOBODYS = Sha("0123456789abcdef0123456789abcdef01234567")
STARTS = ("", "w0@", "w1@")
SOON = timedelta(hours=5)


def _freights(world: World) -> list:
    """What waits or is under way comes last: people rather speak of that."""
    records = world.records()
    live = [p.freight for p in records.promotions if not p.ended]
    return [f.id for f in records.freights if f.id not in live] + list(dict.fromkeys(live))


def _block(world: World, one: int, two: int, delivery: int) -> str | None:
    """Mostly of freight that has not arrived everywhere; of what is none; with and without why."""
    found = _freights(world)
    sha = found[-1 - one % min(3, len(found))].sha if found and two % 8 else NOBODYS
    if two % 8 == 1:
        sha = world.server.tips["main"]
    start = f"{found[-1].warehouse}@" if found and two % 3 else STARTS[one % 3]
    length = (40, 7, 12)[two % 3]
    body = f"/block {start}{sha[:length]} it is broken"
    return _said(world, world.server.tips["main"], body, one, delivery)


def _unblock(world: World, one: int, two: int, delivery: int) -> str | None:
    """`/allow`, mostly of what is blocked."""
    blocked = [block.freight for block in world.records().blocks]
    found = blocked if blocked and two % 6 else _freights(world)
    sha = found[one % len(found)].sha if found and two % 11 else NOBODYS
    start = f"{found[one % len(found)].warehouse}@" if found and two % 3 else ""
    body = f"/allow {start}{sha[: (40, 9)[two % 2]]}"
    return _said(world, world.server.tips["main"], body, one, delivery)


def _cancel(world: World, one: int, two: int, delivery: int) -> str | None:
    """
    Mostly where something is under way: on its freight's commit, its pull request, or anywhere;
    sometimes just when nobody knows whether it has landed.
    """
    if two % 6 == 3:
        houses = sorted({stage["freight"] for stage in world.document["stages"].values()})
        _unanswered(world, FOLDERS[houses[one % len(houses)]], f"{one} {two}")
    rows = [p for p in world.records().promotions if not p.ended]
    rows = [p for p in rows if p.state == "writing"] or rows
    on: int | Sha = world.server.tips["main"]
    if rows and two % 5:
        row = rows[one % len(rows)]
        stage, sha = str(row.stage), row.freight.sha
        pull = world.forge.pulls.get(row.pull or 0)
        on = (pull.number if pull and two % 2 else sha) if two % 4 else on
    else:
        names = list(world.document["stages"])
        stage, sha = [*names, "nobody"][one % (len(names) + 1)], NOBODYS
    named = f" {sha[:12]}" if two % 3 == 1 else ""
    return _said(world, on, f"/cancel {stage}{named}", one, delivery)


def _said(world: World, on: int | Sha, body: str, one: int, delivery: int) -> str:
    user = "rob" if one % 9 == 5 else "max" if one % 9 == 7 else "ann"
    world.comment(on, body, user, delivered=TIMES[delivery])
    return f"{user} comments {body!r}"


def _closing(world: World, one: int, two: int, _: int) -> str | None:
    """
    Time passes until some stage's window is about to open or to close. Where it is about to close,
    somebody may push in the last second, and that push's answer does not come in time.
    """
    last = two % 2 == 0
    edges = list(_edges(world, closing=last))
    if not edges:
        return None
    stage, clock = edges[one % len(edges)]
    hour, minute = map(int, clock.split(":"))
    at = world.now.replace(hour=hour, minute=minute, second=0) - timedelta(seconds=1)
    at += timedelta(days=int(at <= world.now))
    if at - world.now > SOON:
        return None
    world.passes((at - world.now) / timedelta(minutes=1))
    if not last:
        return f"it is {at:%H:%M:%S}"
    world.tell(f"in a second {stage} closes")
    _unanswered(world, FOLDERS[world.document["stages"][stage]["freight"]], f"{at:%H:%M}")
    return "that second is over"


def _unanswered(world: World, folder: str, value: str) -> None:
    """Somebody pushes, and what we push then is not answered in time: it arrives later."""
    world.faults.arm("slow", 0)
    sha = world.server.commit("main", {f"{folder}/x": value.encode()})
    world.tell(f"alice pushes {sha[:7]} to {folder}")
    world.tick()


def _edges(world: World, *, closing: bool) -> Iterator[tuple[str, str]]:
    """The stages with windows, and when they close, or open."""
    for name, stage in world.document["stages"].items():
        for kind, windows in stage.get("windows", {}).items():
            begins, ends = windows[0].split()[1].split("-")
            yield name, begins if closing == (kind == "deny") else ends


def _hours(world: World, one: int, two: int, _: int) -> str:
    """A stage gets a window that closes soon, or loses the ones that it has."""
    world.document = copy.deepcopy(world.document)
    stages = world.document["stages"]
    name = list(stages)[one % len(stages)]
    if stages[name].pop("windows", None) is not None:
        words = f"takes the windows from {name}"
    else:
        begins = world.now + timedelta(minutes=(1, 3, 12)[two % 3])
        times = f"{begins:%H:%M}-{begins + timedelta(minutes=30):%H:%M}"
        stages[name]["windows"] = {"deny": [f"Mon-Sun {times} UTC"]}
        words = f"closes {name} {times}"
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


TAKING_BACK = {
    "block": _block, "unblock": _unblock, "cancel": _cancel, "closing": _closing, "hours": _hours,
}  # fmt: skip
