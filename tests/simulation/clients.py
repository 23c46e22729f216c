"""
Clients with a stored token that live: they renew what they have until they die, and processes
inside them join by showing the grant's token (L18).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from app.core.model.lock_requests import HOLDING, LIVE, OwnRequest
from app.web.api import requests
from tests.oracle import joined
from tests.simulation import locking
from tests.simulation.calling import Route, call, stored

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARE = 0.15
AT_CLIENTS = {
    "client-lives": 8, "client-dies": 3, "client-asks": 4, "client-sees": 2, "join": 9,
    "join-beats": 5, "join-gives": 4, "give-back": 3, "lapse": 3,
}  # fmt: skip
"""Drawn apart from all others."""


@dataclass
class Joined:
    """A process that showed *token* of the grant *grant*, and was let in under the name *id*."""

    id: str
    group: str
    token: int
    grant: int
    said: datetime
    """When it said last that it goes on."""
    given: bool = False


class Clients:
    """Who renews what it has, by the number of its request, and who has joined by a token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._next: dict[int, datetime] = {}
        self.joined: list[Joined] = []

    @property
    def due(self) -> datetime | None:
        """When the next of them asks for its place again, or renews what it has."""
        return min(self._next.values(), default=None)

    @property
    def living(self) -> list[int]:
        return list(self._next)

    def begins(self, number: int) -> None:
        self._next[number] = self._world.now

    def dies(self, number: int) -> None:
        """Without a word."""
        del self._next[number]

    def lives(self) -> None:
        """Whoever is due does what `stagelock lock` does."""
        for number, at in list(self._next.items()):
            if at <= self._world.now:
                self._renews(number)

    def _renews(self, number: int) -> None:
        row = stored(self._world, number)
        if row is None or row.state not in LIVE or row.given_at is not None:
            del self._next[number]
            return
        self._next[number] = self._world.now + row.ttl / 3
        if row.state == "queued":
            locking.looks(self._world, row)
        else:
            locking.renews(self._world, row)

    # --- who joins ---

    def shows(self, row: OwnRequest, group: str, token: int) -> int:
        """A process shows *token* in *group*; *row* has that group, with this token or another."""
        before, owner = self._live(), f"inner {len(self.joined) % 2}"
        status, told = self._call(requests.ask, group, owner=owner, join=token)
        current = {
            r.id: {str(name): permits for name, permits in r.permits.items()}
            for r in before.values()
            if _has(r, group, token)
        }
        self._judge(joined.shown(group, token, current, status, told))
        grant = next(iter(current), row.id)
        self._unchanged(before, grant)
        if status == 200:
            number = str(told["id"])
            self.joined = [one for one in self.joined if one.id != number]
            self.joined.append(Joined(number, group, token, grant, self._world.now))
        return status

    def beats(self, one: Joined, *, right: bool = True) -> int:
        return self._again(requests.heartbeat, one, one.token if right else one.token + 1)

    def gives(self, one: Joined) -> int:
        status = self._again(requests.release, one, one.token)
        one.given = one.given or status == 200
        return status

    def _again(self, route: Route, one: Joined, token: int) -> int:
        before = self._live()
        grant = before.get(one.grant)
        current = grant is not None and _has(grant, one.group, one.token)
        status, _ = self._call(route, one.group, one.id, token=token)
        goes_on = current and not one.given  # rule L77
        right = token == one.token and (goes_on or route is requests.release)
        self._judge(joined.again(route.__name__, one.group, token, status, right=right))
        self._unchanged(before, one.grant)
        if status == 200:
            one.said = self._world.now
        return status

    def all_done(self) -> bool:
        """Everybody who joined gives back what is theirs."""
        left = [one for one in self.joined if not one.given]
        for one in left:
            self._world.tell(
                f"who joined {one.group} with {one.token} gives back: {self.gives(one)}"
            )
        return bool(left)

    def left_alone(self) -> list[str]:
        """What ends while somebody who joined it works on."""
        wrong = []
        for one in self.joined:
            row = self._world.store.direct_locks.find(one.grant)
            if row is not None and not one.given:
                wrong += joined.left_alone(row, self._world.now - one.said)
        return wrong

    def _call(
        self, route: Route, group: str, number: str = "", **body: object
    ) -> tuple[int, Mapping[str, object]]:
        return call(self._world, locking.CI, route, group, number, **body)

    def _live(self) -> dict[int, OwnRequest]:
        """Everything that is live, as it is stored."""
        rows = {r.id: r for r in self._world.store.direct_locks.live(1)}
        there = self._world.organization
        return rows if there is None else {**rows, **{r.id: r for r in there.requests()}}

    def _unchanged(self, before: Mapping[int, OwnRequest], grant: int) -> None:
        self._judge(joined.changed(before, self._live(), grant))

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)


def _has(row: OwnRequest, group: str, token: int) -> bool:
    tokens = {str(name): number for name, number in row.tokens.items()}
    return row.state in HOLDING and tokens.get(group) == token


def rolled(seed: int, *, always: bool) -> bool:
    """Whether clients live in the story of that seed."""
    return always or Random(f"clients at {seed}").random() < SHARE


def events(rng: Random, before: list) -> list:
    """*before*, and among them what clients do."""
    found = list(before)
    for kind in rng.choices(list(AT_CLIENTS), list(AT_CLIENTS.values()), k=rng.choice([5, 8, 12])):
        event = (kind, rng.randrange(24), rng.randrange(24), 0)
        found.insert(rng.randrange(len(found) + 1), event)
    return found


# --- what happens ---


def _lives(world: World, one: int, two: int, _: int) -> str:
    """A client asks, and renews what it has from now on; or one that has asked begins to."""
    told = locking.asks(world, one, two)
    number = list(world.law.witness.holding.clients)[-1:]
    known = world.law.witness.holding.clients
    live = [n for n in known if (row := stored(world, n)) is not None and row.state in LIVE]
    for n in live[-1:] or number:
        world.clients.begins(n)
    return f"{told}; it lives"


def _dies(world: World, one: int, _two: int, _: int) -> str | None:
    living = world.clients.living
    if not living:
        return None
    number = living[one % len(living)]
    world.clients.dies(number)
    row = stored(world, number)
    return f"{row.owner if row else number} dies without a word"


def _join(world: World, one: int, two: int, _: int) -> str | None:
    """With the token of somebody's grant: the right one mostly, or one that is outdated."""
    rows = [*world.records().requests, *world.records().direct]
    rows = [row for row in rows if row.tokens]
    if not rows:
        return None
    row = rows[-1 - one % len(rows)]
    group = list(row.tokens)[two % len(row.tokens)]
    token = row.tokens[group] - (1 if two % 4 == 0 else 0)
    status = world.clients.shows(row, group, token)
    return f"a process inside {row.name}'s job joins {group} with {token}: {status}"


def _joined(world: World, one: int) -> Joined | None:
    found = world.clients.joined
    return found[-1 - one % len(found)] if found else None


def _beats(world: World, one: int, two: int, _: int) -> str | None:
    found = _joined(world, one)
    if found is None:
        return None
    status = world.clients.beats(found, right=bool(two % 4))
    return f"who joined {found.group} with {found.token} renews: {status}"


def _gives(world: World, one: int, _two: int, _: int) -> str | None:
    found = _joined(world, one)
    if found is None:
        return None
    return f"who joined {found.group} with {found.token} gives back: {world.clients.gives(found)}"


LIVING = {
    "client-lives": _lives, "client-dies": _dies, "join": _join, "join-beats": _beats,
    "join-gives": _gives,
}  # fmt: skip
