"""Lock groups in whose queues nobody waits for ever: `max-wait`."""

from __future__ import annotations

import copy
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARE = 0.12
AT_QUEUES = {"outwait": 5, "client-lives": 3, "lock": 2}
"""Drawn apart from all others, and only where a group has a `max-wait`."""
LIMITS = ("3m", "10m", "40m")


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with `max-wait`, of groups that no environment asks."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    for defined in new["locks"].values():
        if not {"scope", "environments"} & set(defined) and rng.random() < 0.75:
            defined["max-wait"] = rng.choice(LIMITS)
    return new


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what makes a queue, and who has waited for too long in it."""
    found = list(before)
    if not any("max-wait" in defined for defined in document["locks"].values()):
        return found
    for kind in rng.choices(list(AT_QUEUES), list(AT_QUEUES.values()), k=rng.choice([3, 5, 7])):
        event = (kind, rng.randrange(24), rng.randrange(24), 0)
        found.insert(rng.randrange(len(found) + 1), event)
    return found


def _outwait(world: World, one: int, two: int, _: int) -> str | None:
    """Time passes until a request has waited for as long as it may, or just not."""
    limits = {name: g.max_wait for name, g in world.pipeline.locks.items() if g.max_wait}
    records = world.records()
    ends = [
        row.requested_at + min(limits[g] for g in row.groups if g in limits)
        for row in (*records.requests, *records.direct)
        if row.state == "queued" and any(g in limits for g in row.groups)
    ]
    if not ends:
        return None
    until = ends[one % len(ends)] - world.now - timedelta(seconds=(0, 0, 20)[two % 3])
    world.passes(max(0.0, until / timedelta(minutes=1)))
    return "somebody has waited for as long as the file says"


HURRYING = {"outwait": _outwait}
