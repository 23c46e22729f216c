"""People and clients take locks themselves: `/lock`, `/unlock`, by force, and by the HTTP API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.core.model.group_names import spoken
from app.core.model.lock_requests import HOLDING, LIVE, DirectRequest
from app.core.model.names import GroupName
from app.web.api import requests
from app.web.keys import Holder
from tests.simulation.calling import Route, call, stored
from tests.simulation.pipelines import GROUPS
from tests.simulation.sayings import TIMES

if TYPE_CHECKING:
    from tests.simulation.world import World

PEOPLE = ("ann", "zoe", "rob", "max", "ann")
CLIENTS = ("ci", "deploy")
CI = Holder("ci", frozenset({"lock"}))


def _group(world: World, one: int) -> str:
    """Rather one that somebody has, or waits for."""
    busy = [r.groups[0] for r in world.records().all_requests if r.state in LIVE]
    return str(busy[one % len(busy)]) if busy and one % 3 else GROUPS[one % len(GROUPS)]


def _said(world: World, body: str, user: str, delivery: int) -> str:
    world.comment(world.server.tips["main"], body, user, delivered=TIMES[delivery])
    return f"{user} comments {body!r}"


def _lock(world: World, one: int, two: int, delivery: int) -> str:
    length = ("", " for 10m", " for 3h")[two % 3]
    body = f"/lock {spoken(GroupName(_group(world, one)))}{length} looking at it"
    return _said(world, body, PEOPLE[two % len(PEOPLE)], delivery)


def _mine(world: World, kind: str) -> list[DirectRequest]:
    return [r for r in world.records().direct if r.kind == kind]


def _unlock(world: World, one: int, two: int, delivery: int) -> str:
    """Mostly by who has it, or a maintainer; of what a stage has, too."""
    mine = _mine(world, "person")
    if mine and two % 5:
        row = mine[one % len(mine)]
        who, group = ("max" if two % 5 == 1 else row.asker), str(row.groups[0])
    else:
        who, group = PEOPLE[two % len(PEOPLE)], _group(world, one)
    return _said(world, f"/unlock {spoken(GroupName(group))}", who, delivery)


def _force(world: World, one: int, two: int, delivery: int) -> str:
    group = _group(world, one)
    held = [
        r for r in world.records().all_requests if group in r.groups and r.state in HOLDING
    ]  # fmt: skip
    tokens = [r.tokens.get(group) for r in held]
    named = f"#{tokens[two % len(tokens)]}" if tokens and (two % 2 or len(tokens) > 1) else ""
    named = named if two % 7 else "#99"
    who = "ann" if two % 5 == 4 else "max"
    name = spoken(GroupName(group))
    return _said(world, f"/unlock {name}{named} --force it is stuck", who, delivery)


def _press(world: World, one: int, two: int, delivery: int) -> str | None:
    """The buttons of an overdue lock."""
    runs = [r for r in world.forge.runs.values() if {"keep", "release"} & set(r.buttons)]
    runs = [r for r in runs if "keep" in r.buttons] or runs
    if not runs:
        return None
    run = runs[-1 - one % len(runs)]
    verb, user = run.buttons[two % len(run.buttons)], PEOPLE[one % len(PEOPLE)]
    world.click(run, verb, user, delivered=max(1, TIMES[delivery]))
    return f"{user} clicks {verb} on {run.name} of {run.sha[:7]}"


def _call(
    world: World, route: Route, group: str, number: int | str = "", **body: object
) -> tuple[int, DirectRequest | None]:
    """The status of the answer, and the request as it is then."""
    status, told = call(world, CI, route, group, number, **body)
    return status, stored(world, told.get("id", number))


def _ask(world: World, one: int, two: int, _: int) -> str:
    return asks(world, one, two)


def asks(world: World, one: int, two: int, permits: int | str = 1, *, group: str = "") -> str:
    """A client's new request for so many *permits*, or the same again."""
    group, owner = group or _group(world, one), CLIENTS[two % len(CLIENTS)]
    body = {"owner": owner, "ttl": (60, 600)[two % 3 == 0], "reason": "a job", "permits": permits}
    status, row = _call(world, requests.ask, group, **body)
    if row is not None:
        world.law.witness.holding.clients.setdefault(row.id, row.owner)
        world.law.witness.holding.wanted.setdefault(row.id, 0 if permits == "all" else int(permits))
    said = f"{owner} asks for {group}" if permits == 1 else f"{owner} asks for {permits} of {group}"
    return f"{said}: {status}, {row.state if row else 'no request'}"


def _knows(world: World, one: int) -> DirectRequest | None:
    """A request that a client made, also one that is over."""
    known = world.law.witness.holding.clients
    numbers = list(known)[-4:]
    found = world.store.direct_locks.find(numbers[one % len(numbers)]) if numbers else None
    return found if isinstance(found, DirectRequest) else None


def _see(world: World, one: int, _two: int, _: int) -> str | None:
    row = _knows(world, one)
    return looks(world, row) if row is not None else None


def looks(world: World, row: DirectRequest) -> str:
    """It asks how it stands, which keeps its place."""
    status, after = _call(world, requests.see, row.groups[0], row.id)
    return f"{row.owner} asks how {row.groups[0]} stands: {status}, {after and after.state}"


def renews(world: World, row: DirectRequest) -> str:
    """It renews what it has."""
    return _with_token(world, requests.heartbeat, row, right=True)


def _with_token(world: World, route: Route, row: DirectRequest, *, right: bool) -> str:
    group = row.groups[0]
    token = row.tokens.get(group)
    shown = token if right or token is None else token - 1
    status, after = _call(world, route, group, row.id, token=shown)
    world.law.witness.holding.answered(row, route.__name__, shown, status, after)
    return f"{row.owner}'s {route.__name__} of {group} (token {shown}): {status}"


def _beat(world: World, one: int, two: int, _: int) -> str | None:
    row = _knows(world, one)
    if row is None or not row.tokens:
        return None
    return _with_token(world, requests.heartbeat, row, right=bool(two % 5))


def _give_back(world: World, one: int, two: int, _: int) -> str | None:
    row = _knows(world, one)
    return _with_token(world, requests.release, row, right=bool(two % 5)) if row else None


def _lapse(world: World, one: int, two: int, _: int) -> str | None:
    """The time of somebody's grant, or place, passes."""
    rows = [r for r in world.records().direct if r.expires_at is not None]
    row = rows[one % len(rows)] if rows else None
    if row is None or row.expires_at - world.now > timedelta(hours=4):
        return None
    world.passes(max(0, (row.expires_at - world.now) / timedelta(minutes=1)) + two % 2)
    return f"the time of {row.name} for {row.groups[0]} is over"


LOCKING = {
    "lock": _lock, "unlock": _unlock, "force-unlock": _force, "press": _press,
    "client-asks": _ask, "client-sees": _see, "beat": _beat, "give-back": _give_back,
    "lapse": _lapse,
}  # fmt: skip


def _of_the_organization(world: World) -> list[DirectRequest]:
    """What clients have by the organisation's address: kept by its `.github`."""
    numbers = world.law.witness.holding.clients if world.organization is not None else {}
    rows = [row for number in numbers if (row := stored(world, number)) is not None]
    return [row for row in rows if row.repo_id != 1 and row.state in LIVE]


def given_back(world: World) -> bool:
    """People and clients are done."""
    moved = False
    for row in (*world.records().direct, *_of_the_organization(world)):
        if row.by_job:
            continue  # it gives back what it has itself: `asking`
        if row.kind == "client" and (row.tokens or row.state == "queued"):
            token = row.tokens.get(row.groups[0])
            _with_token(world, requests.release, row, right=True)
            world.tell(f"{row.owner} gives {row.groups[0]} back ({token})")
        elif row.kind == "person":
            _said(world, f"/unlock {spoken(row.groups[0])}", row.asker, 0)
            world.tell(f"{row.asker} comments /unlock {row.groups[0]}")
        moved = True
    return moved
