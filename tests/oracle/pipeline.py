"""The pipeline file, as far as the simulation writes it (JSON is YAML), read on our own."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.organizations import Shared, qualified

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: object) -> timedelta:
    """rule F35: a number and a unit; 0 is none at all."""
    found = re.fullmatch(r"(\d+)([smhd])", str(text))
    return timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta()


@dataclass(frozen=True)
class House:
    """A warehouse."""

    name: str
    branch: str
    paths: tuple[str, ...]
    ignored: tuple[str, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Output:
    """What a stage writes: *path* ("" is a whole branch), or one top-level *key* of that file."""

    path: str
    key: str = ""


@dataclass(frozen=True)
class Spot:
    """A stage."""

    name: str
    house: str
    branch: str
    path: str | None
    needs: tuple[str, ...]
    any_of: tuple[str, ...]
    outputs: tuple[Output, ...]
    steps: tuple[Mapping[str, Any], ...] = field(hash=False)
    verify: tuple[str, ...]
    locks: tuple[str, ...]
    auto: bool
    soak: timedelta
    every: timedelta
    timeout: timedelta
    merge: str
    windows: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Allowed and denied ones: every day, from a time to another, in UTC."""
    workflow: str | None = None
    """rule V25: the file that is started to verify it."""
    weights: Mapping[str, int] = field(default_factory=dict, hash=False)
    """rule F15: how many permits it takes, of groups where the file says so; 0: all."""
    approve: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """rule F19: whose leave is needed; {}: nobody's."""

    @property
    def upstreams(self) -> tuple[str, ...]:
        return self.needs or self.any_of

    @property
    def verifies(self) -> bool:
        """rule V17: without evidence to wait for what landed is verified."""
        return bool(self.verify) or self.workflow is not None

    @property
    def writes(self) -> bool:
        """rule Y3: with neither path nor branch nothing is written."""
        return bool(self.outputs)

    def shut(self, since: datetime, until: datetime) -> bool:
        """rule F21: it is closed at every minute from *since* to *until*."""
        minutes = int((until - since) / timedelta(minutes=1))
        times = [since + timedelta(minutes=n) for n in range(minutes + 1)] + [until]
        return not any(self._open(at) for at in times)

    def always_open(self, since: datetime, until: datetime) -> bool:
        """It is open at every minute of these."""
        minutes = int((until - since) / timedelta(minutes=1))
        times = [since + timedelta(minutes=n) for n in range(minutes + 1)] + [until]
        return all(self._open(at) for at in times)

    def _open(self, at: datetime) -> bool:
        allow, deny = ([_within(w, at) for w in windows] for windows in self.windows)
        return (any(allow) or not allow) and not any(deny)


def _within(window: str, at: datetime) -> bool:
    """``Mon-Sun 22:00-06:00 UTC``: over midnight it begins on one day and ends on the next."""
    begins, ends = map(str, re.findall(r"\d\d:\d\d", window))
    clock = f"{at:%H:%M}"
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


@dataclass(frozen=True)
class Plan:
    """A whole file."""

    houses: Mapping[str, House]
    spots: Mapping[str, Spot]
    permits: Mapping[str, int]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """rule F27: what the permits of a group are called, where they have names."""
    patience: Mapping[str, timedelta] = field(default_factory=dict)
    """rule F30: how long may be waited for a group."""
    doors: Mapping[str, str] = field(default_factory=dict)
    """rule L19: the lock group that each environment asks."""
    outside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """rule F31: the external service of a lock group, and what is locked there."""

    shared: Collection[str] = ()
    """The groups of the organisation that the file names."""

    def beside(self, shared: Shared) -> Plan:
        """It with what the organisation defines."""
        permits, names = {**self.permits, **shared.permits}, {**self.names, **shared.names}
        return replace(self, permits=permits, names=names)

    def below(self, name: str) -> list[Spot]:
        """The stages that take freight from *name*."""
        return [spot for spot in self.spots.values() if name in spot.upstreams]


def read(data: bytes | None, account: int = 0) -> Plan | None:
    """None: absent, or not valid. *account* is the number of the organisation, where there is one."""
    try:
        document = json.loads(data or b"")
    except ValueError:
        return None
    houses = {name: _house(name, body or {}) for name, body in document["warehouses"].items()}
    spots: dict[str, Spot] = {}
    for name in _ordered(document["stages"]):
        if name is None:
            return None
        spots[name] = _spot(name, document["stages"][name], spots, houses)
    locks = {name: body or {} for name, body in document.get("locks", {}).items()}
    shared = {g: qualified(account, g) for g, body in locks.items() if "scope" in body}
    permits = {g: body.get("permits", 1) for g, body in locks.items() if g not in shared}
    named = {group: tuple(given) for group, given in permits.items() if isinstance(given, list)}
    groups = {g: len(named[g]) if g in named else given for g, given in permits.items()}
    if any(
        g not in shared and n > groups.get(g, 1)
        for spot in spots.values()
        for g, n in spot.weights.items()
    ):
        return None  # rule F15; of the organisation's groups not by this file
    spots = {name: _renamed(spot, shared) for name, spot in spots.items()} if shared else spots
    doors = {
        environment: name
        for name, body in document.get("locks", {}).items()
        for environment in (body or {}).get("environments", ())
    }
    patience = {g: duration(b["max-wait"]) for g, b in locks.items() if "max-wait" in b}
    return Plan(
        houses,
        spots,
        groups,
        named,
        patience,
        doors,
        _outside(document.get("locks", {})),
        tuple(shared.values()),
    )


def _renamed(spot: Spot, shared: Mapping[str, str]) -> Spot:
    """rules F28, L49: a group of the organisation is another one than ours of that name."""
    locks = tuple(shared.get(group, group) for group in spot.locks)
    weights = {shared.get(group, group): weight for group, weight in spot.weights.items()}
    return replace(spot, locks=locks, weights=weights)


def _outside(groups: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """rule F31: a name, or a name and a key, which is the group's name unless it is given."""
    given = {name: (body or {}).get("service") for name, body in groups.items()}
    return {
        name: (what, name) if isinstance(what, str) else (what["name"], what.get("resource", name))
        for name, what in given.items()
        if what is not None
    }


def _ordered(stages: Mapping[str, Any]) -> list[str | None]:
    """Upstreams first; None for what needs somebody that is not there, or itself (rule O5)."""
    found: list[str | None] = []
    rest = dict(stages)
    while rest:
        ready = [
            name
            for name, body in rest.items()
            if all(up in found for up in (*body.get("needs", ()), *body.get("needs-any", ())))
        ]
        if not ready:
            return [None]
        found += ready
        for name in ready:
            del rest[name]
    return found


def _house(name: str, body: Mapping[str, Any]) -> House:
    return House(
        name,
        body.get("branch", "main"),
        tuple(body.get("paths", ())),
        tuple(body.get("paths-ignore", ())),
        tuple(body.get("checks", ())),
    )


def _spot(
    name: str, body: Mapping[str, Any], above: Mapping[str, Spot], houses: Mapping[str, House]
) -> Spot:
    locks = body.get("lock", ())
    needs, any_of = tuple(body.get("needs", ())), tuple(body.get("needs-any", ()))
    return Spot(
        name=name,
        house=body.get("freight", next(iter(houses))),
        branch=body.get("branch", "main"),
        path=body.get("path"),
        needs=needs,
        any_of=any_of,
        outputs=_outputs(body, [above[up] for up in needs or any_of]),
        steps=tuple(body.get("steps", ())),
        verify=tuple((body.get("verify") or {}).get("checks", ())),
        locks=(locks,) if isinstance(locks, str) else tuple(locks),
        auto=body.get("auto", True),
        soak=duration(body.get("soak", 0)),
        every=duration(body.get("at-most-every", 0)),
        timeout=timedelta(minutes=body.get("timeout-minutes", 60)),
        merge=body.get("merge", "people") if body.get("via") == "pull-request" else "",
        windows=_windows(body.get("windows", {})),
        workflow=(body.get("verify") or {}).get("workflow"),
        weights=_weights(locks),
        approve={"count": 1, **body["approve"]} if "approve" in body else {},
    )


def _weights(locks: object) -> dict[str, int]:
    given = locks.items() if isinstance(locks, Mapping) else ()
    return {group: 0 if weight == "all" else weight for group, weight in given}


def _windows(body: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(body.get("allow", ())), tuple(body.get("deny", ()))


def _outputs(body: Mapping[str, Any], above: list[Spot]) -> tuple[Output, ...]:
    """rules O1, S12 to S15."""
    root = body.get("path", "")
    if "path" not in body and "branch" not in body:
        return ()
    if "steps" in body:
        return tuple(found for step in body["steps"] for found in _of_step(step, root))
    if "path" not in body:
        return (Output(""),)
    if len(above) != 1:
        return (Output(root),)
    inner = above[0]
    start = len(inner.path or "")
    return tuple(Output(_below(root, out.path[start:]), out.key) for out in inner.outputs)


def _below(root: str, path: str) -> str:
    return "/".join(part for part in (root, path.strip("/")) if part)


def _of_step(step: Mapping[str, Any], root: str) -> list[Output]:
    given = step["with"]
    if step["uses"] == "yaml-set":
        return [Output(_below(root, given["file"]), key) for key in given["values"]]
    return [Output(_below(root, given["to"]))]


def fires(plan: Plan, house: House, paths: list[str]) -> bool:
    """rules X7, O3: one path that is watched, not ignored, and below no stage's path."""
    owned = [s.path for s in plan.spots.values() if s.path and s.branch == house.branch]
    return any(
        (not house.paths or _in(path, house.paths))
        and not _in(path, house.ignored)
        and not _in(path, owned)
        for path in paths
    )


def _in(path: str, entries: tuple[str, ...] | list[str]) -> bool:
    """rule X1; the simulation writes no wildcards."""
    whole = [entry.rstrip("/") for entry in entries]
    return any(path == entry or path.startswith(f"{entry}/") for entry in whole)
