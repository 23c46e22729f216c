"""Lock groups whose lock lives in an external service, and what happens to those services."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, cast

from app.engine.actions.renewing import Renewing
from app.engine.queue.work_keys import services_key
from app.errors import OutsideError
from app.ports import LockServices
from tests.simulation.faults import Crash
from tests.simulation.pipelines import text
from tests.simulation.services import LEASES, OURS, Kept, Service

if TYPE_CHECKING:
    from app.engine.queue.lease import Lease
    from app.ports.store import Store
    from tests.simulation.world import World

SHARE = 0.12
"""The share of pipelines in which some lock group names a service."""
AT_SERVICES = {
    "other-takes": 7, "other-frees": 6, "service-down": 4, "taken-away": 3, "service-edit": 2,
    "service-cut": 5, "service-error": 3, "service-late": 4,
}  # fmt: skip
"""Drawn apart from all others, and only where a group names a service."""
KEY = services_key(1)
NEVER = timedelta(days=3650)
NIGHTLY = "nightly-42"
USES: tuple[str | dict[str, str], ...] = (
    "leases", "leases", "rooms", {"name": "leases", "resource": "shared"},
    {"name": "rooms", "resource": "shared"},
)  # fmt: skip


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with services: rather of groups that stages take."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    taken = {g for stage in new["stages"].values() for g in stage.get("lock", ())}
    for group, defined in new["locks"].items():
        if rng.random() < (0.9 if group in taken else 0.3):
            defined["service"] = copy.deepcopy(rng.choice(USES))
    return new


def served(document: dict) -> bool:
    """Some group names a service."""
    return any(defined.get("service") for defined in document.get("locks", {}).values())


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what happens at services, where there are some."""
    found = list(before)
    if not served(document):
        return found
    kinds = rng.choices(list(AT_SERVICES), list(AT_SERVICES.values()), k=rng.choice([4, 6, 9, 12]))
    for kind in kinds:
        event = (kind, rng.randrange(24), rng.randrange(24), 0)
        found.insert(rng.randrange(len(found) + 1), event)
    return found


class Services:
    """All of them, where a group of the file names one; else none, and nothing is watched."""

    def __init__(self, world: World) -> None:
        self._world, self._made = world, 0
        world.watched.work = Touched(world.store.work, self)
        self.by_name: Mapping[str, Service] = {}
        self.due: datetime | None = None
        """When something held there is renewed next."""
        if served(world.document):
            self.by_name = {name: Service(world, name, lease) for name, lease in LEASES.items()}
            world.store.work.touch(KEY, NEVER)  # so that there is work to be claimed by its name

    @property
    def known(self) -> LockServices:
        return LockServices(self.by_name, self._fresh)

    def _fresh(self) -> str:
        self._made += 1
        return f"{self._made:08x}-secret"

    def touch(self, delay: timedelta) -> None:
        at = self._world.now + delay
        self.due = at if self.due is None else min(self.due, at)

    def renew(self) -> None:
        """The work of its own that renewals are; what it finds lost brings a look."""
        world, self.due = self._world, None
        states = {row.id: row.state for row in world.store.service_claims.of(1)}
        claim = world.store.work.borrow(KEY, f"worker-{world.boots}", timedelta(seconds=30))
        assert claim is not None, "the renewals are not free"
        store, lease = cast("Store", world.watched), cast("Lease", _Kept())
        try:
            delay = Renewing(store, self.known, world.clock).handle(claim, lease)
        except (Crash, OutsideError):
            world.store.work.take_over("")
            delay = timedelta(seconds=1)
        else:
            world.store.work.give_back(claim)  # when it is due again is our own affair
            self.told(clean=True)
        for words in world.faults.fired:
            world.tell(f"  (renewing: {words})")
        world.faults.fired.clear()
        if delay is not None:
            self.touch(delay)
        if states != {row.id: row.state for row in world.store.service_claims.of(1)}:
            world.wake_at = min(world.wake_at or world.now, world.now)

    def told(self, *, clean: bool) -> None:
        """What was answered in this look is known, unless it came to nothing."""
        for service in self.by_name.values():
            if clean:
                service.taken -= service.denied
                for owner in service.denied:
                    service.lapsed.pop(owner, None)
            service.denied.clear()

    def calm(self) -> None:
        """
        Nothing is held by others any more, and everybody answers: who gave no answer before is asked
        again when its pause is over (rule L42), and not sooner because all is calm.
        """
        for service in self.by_name.values():
            service.down_until = None
            for resource, kept in list(service.kept.items()):
                if not kept.owner.startswith(OURS):
                    service.put(resource, None)


@dataclass(frozen=True)
class _Kept:
    """A lease that lasts as long as it takes."""

    def check(self) -> None:
        """It is not lost."""


class Touched:
    """The work table, but for what comes due by the clock of the world."""

    def __init__(self, work: object, services: Services) -> None:
        self._work, self._services = work, services

    def __getattr__(self, name: str):
        return getattr(self._work, name)

    def touch(self, key: str, delay: timedelta = timedelta()) -> None:
        if key == KEY:
            self._services.touch(delay)
        else:
            self._work.touch(key, delay)  # type: ignore[attr-defined]


# --- what happens ---


def _lock(world: World, one: int, *, ours: bool) -> tuple[Service, str] | None:
    """Some lock that is ours, or one that nobody has."""
    services = world.services.by_name
    named = [(g, d["service"]) for g, d in world.document["locks"].items() if d.get("service")]
    locks = [
        (services[use], group) if isinstance(use, str) else (services[use["name"]], use["resource"])
        for group, use in named
    ]
    mine = [(s, r) for s in services.values() for r, _ in s.ours()]
    found = mine if ours else [(s, r) for s, r in locks if r not in s.kept]
    return found[one % len(found)] if found else None


def _takes(world: World, one: int, _two: int, _: int) -> str | None:
    """A nightly job, which has nothing to do with us."""
    lock = _lock(world, one, ours=False)
    if lock is None:
        return None
    service, resource = lock
    service.put(resource, Kept(NIGHTLY, "theirs", None))
    return f"{NIGHTLY} takes {service.name}: {resource}"


def _frees(world: World, one: int, _two: int, _: int) -> str | None:
    services = world.services.by_name.values()
    theirs = [(s, r) for s in services for r, kept in s.kept.items() if kept.owner == NIGHTLY]
    if not theirs:
        return None
    service, resource = theirs[one % len(theirs)]
    service.put(resource, None)
    return f"{NIGHTLY} gives {service.name}: {resource} back"


def _down(world: World, one: int, two: int, _: int) -> str | None:
    service = list(world.services.by_name.values())[one % len(LEASES)]
    minutes = (1, 6, 25)[two % 3]
    service.down_until = world.now + timedelta(minutes=minutes)
    return f"{service.name} is down for {minutes} minutes"


def _away(world: World, one: int, two: int, _: int) -> str | None:
    """A person at the service takes what is ours away, and may give it to somebody else."""
    lock = _lock(world, one, ours=True)
    if lock is None:
        return None
    service, resource = lock
    service.taken.add(service.kept[resource].owner)
    service.put(resource, Kept(NIGHTLY, "theirs", None) if two % 2 else None)
    return f"somebody takes {service.name}: {resource} away from us"


def _edits(world: World, one: int, two: int, _: int) -> str:
    """A group names its service no more, or one."""
    world.document = copy.deepcopy(world.document)
    group = sorted(world.document["locks"])[one % len(world.document["locks"])]
    defined = world.document["locks"][group]
    if defined.pop("service", None) is None:
        defined["service"] = copy.deepcopy(USES[two % len(USES)])
        words = f"keeps {group} at {defined['service']}"
    else:
        words = f"keeps {group} here alone"
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


SERVING = {
    "other-takes": _takes, "other-frees": _frees, "service-down": _down, "taken-away": _away,
    "service-edit": _edits,
}  # fmt: skip
