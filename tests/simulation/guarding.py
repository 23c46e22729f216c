"""Environments of lock groups in the file, and what happens to jobs that wait there."""

from __future__ import annotations

import copy
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.doors import Door
from tests.simulation.pipelines import text
from tests.simulation.sayings import TIMES

if TYPE_CHECKING:
    from app.core.model.names import Sha
    from tests.simulation.world import World

SHARE = 0.15
"""The share of pipelines in which some lock group names an environment."""
STANDING = 55
"""Of a hundred verifying checks so many stand at an environment of their own stage's group."""
ENDS = ("success",) * 5 + ("failure", "cancelled")
SWEPT_WITHIN = timedelta(minutes=7)
AT_DOORS = {
    "door": 8, "shards": 4, "door-ends": 12, "sibling": 3, "door-stops": 3, "door-edit": 2,
}  # fmt: skip
"""Drawn apart from all others, and only where a group names an environment."""


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with environments: rather of groups that stages take."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    taken = {g for stage in new["stages"].values() for g in stage.get("lock", ())}
    for group, defined in new["locks"].items():
        if rng.random() < (0.9 if group in taken else 0.2):
            defined["environments"] = [f"env-{group}"]
    return new


def guarded(document: dict) -> list[str]:
    """The groups that name an environment."""
    return [g for g, defined in document.get("locks", {}).items() if defined.get("environments")]


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what happens at environments, where there are some."""
    found = list(before)
    if not guarded(document):
        return found
    for kind in rng.choices(list(AT_DOORS), list(AT_DOORS.values()), k=rng.choice([4, 6, 8, 11])):
        event = (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1, 2]))
        found.insert(rng.randrange(len(found) + 1), event)
    return found


class Guard:
    """Which checks stand at an environment, and how GitHub tells of it; only where there is one."""

    def __init__(self, world: World) -> None:
        self._world = world
        if not guarded(world.document):
            return
        world.forge.door_of, world.forge.asks = self._door_of, self._asks
        world.forge.denied = lambda _door: _sweeps(world)
        jobs = world.forge.suite_of
        world.forge.suite_of = lambda name: f"door {name}" if self._stands(name) else jobs(name)

    def _stands(self, name: str) -> bool:
        known = self._world.document["stages"].values()
        awaited = {
            c.replace("*", "-a") for s in known for c in s.get("verify", {}).get("checks", ())
        }
        return name in awaited and self._world.chance(f"door {name}") < STANDING

    def _door_of(self, _sha: Sha, name: str) -> str:
        if not self._stands(name):
            return ""
        pipeline = self._world.pipeline
        for stage in pipeline.stages.values():
            if name in self._world.checks_for(stage):
                for group in stage.locks:
                    there = pipeline.locks[group].environments if group in pipeline.locks else ()
                    if there:
                        return there[0]
        return ""

    def _asks(self, door: Door) -> None:
        lost = self._world.ci.loses and self._world.chance(f"lost door {door.id}") < 20
        asks(self._world, door, times=int(not lost))


def asks(world: World, door: Door, times: int) -> None:
    """GitHub's delivery; where it is lost the sweep finds who waits."""
    if not times:
        _sweeps(world)
    page = f"https://api.test/repos/acme/shop/actions/runs/{door.id}/deployment_protection_rule"
    body = {"deployment_callback_url": page, "environment": door.environment}
    world.deliver("deployment_protection_rule", "requested", body, times=times)


def _sweeps(world: World) -> None:
    """The App does not know of who waits, and its next sweep finds them."""
    world.sweep_due = min(world.sweep_due or world.now + SWEPT_WITHIN, world.now + SWEPT_WITHIN)


def swept(world: World) -> None:
    """The sweep asks which jobs wait for us: rule L47."""
    for run, environment in world.forge.waiting(world.forge.repo, everywhere=True):
        world.watched.pending_deployments.ask(1, run, environment, world.now)


# --- what happens ---


def _arrive(world: World, one: int, shards: int, delivery: int) -> str | None:
    groups = guarded(world.document)
    if not groups:
        return None
    [environment] = world.document["locks"][groups[one % len(groups)]]["environments"]
    told, world.forge.asks = world.forge.asks, lambda door: asks(world, door, TIMES[delivery])
    door = world.forge.arrive_at(environment, world.server.tips["main"], shards)
    world.forge.asks = told
    return f"CI: {shards} jobs of the run {door.id} wait at {environment}"


def _door(world: World, one: int, _two: int, delivery: int) -> str | None:
    return _arrive(world, one, 1, delivery)


def _shards(world: World, one: int, _two: int, delivery: int) -> str | None:
    """A matrix of five."""
    return _arrive(world, one, 5, delivery)


def _one(world: World, one: int, *, inside: bool) -> Door | None:
    forge = world.forge
    found = [d for d in forge.doors.values() if (forge.inside(d) if inside else forge.waits(d))]
    return found[one % len(found)] if found else None


def _ends(world: World, one: int, two: int, _: int) -> str | None:
    """Of who was let in one job ends: the last of a matrix is a while after the first."""
    door = _one(world, one, inside=True)
    if door is None:
        return None
    forge = world.forge
    job = next(j for j in forge.at_door(door) if j.status == "in_progress")
    if door.check:
        forge.leaves(door, ENDS[two % len(ENDS)])
    else:
        job.status, job.conclusion = "completed", ENDS[two % len(ENDS)]
    return f"CI: {job.name} of the run {door.id} is {job.conclusion}"


def _sibling(world: World, one: int, _two: int, delivery: int) -> str | None:
    """A further job of a run that is in there, or waits, comes to the same environment."""
    found = [d for d in world.forge.doors.values() if not d.check]
    found = [d for d in found if world.forge.inside(d) or world.forge.waits(d)]
    if not found:
        return None
    door = found[one % len(found)]
    world.forge.another(door)
    asks(world, door, TIMES[delivery])
    return f"CI: another job of the run {door.id} waits at {door.environment}"


def _stops(world: World, one: int, _two: int, _: int) -> str | None:
    """A person cancels a run that waits."""
    door = _one(world, one, inside=False)
    if door is None:
        return None
    while any(job.conclusion is None for job in world.forge.at_door(door)):
        world.forge.leaves(door, "cancelled")
    return f"bob cancels the run {door.id}"


def _edits(world: World, one: int, _two: int, _: int) -> str:
    """A group names its environment no more, or again."""
    world.document = copy.deepcopy(world.document)
    group = sorted(world.document["locks"])[one % len(world.document["locks"])]
    defined = world.document["locks"][group]
    defined.pop("scope", None)
    if defined.pop("environments", None) is None:
        defined["environments"] = [f"env-{group}"]
        words = f"guards env-{group} by {group}"
    else:
        words = f"guards env-{group} no more"
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


GUARDING = {
    "door": _door, "shards": _shards, "door-ends": _ends, "sibling": _sibling,
    "door-stops": _stops, "door-edit": _edits,
}  # fmt: skip


def ended(world: World) -> bool:
    """When all is calm: who was let in ends, green."""
    moved = False
    for door in world.forge.doors.values():
        for job in world.forge.at_door(door):
            if job.status == "in_progress":
                if door.check:
                    world.forge.leaves(door, "success")
                else:
                    job.status, job.conclusion = "completed", "success"
                moved = True
    return moved
