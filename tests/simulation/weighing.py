"""Weights of stages and clients, and named permits: drawn, edited, and asked for."""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING

from tests.simulation import locking
from tests.simulation.pipelines import GROUPS, text

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARE = 0.15
AT_SCALES = {"reweigh": 4, "rename-permits": 3, "client-weighs": 5}
"""Drawn apart from all others, and only where stages have weights."""
WEIGHTS = ("all", 1, 2, "all", 1, 3)
PERMIT_FILE = "permit.yaml"


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with weights, and with names of permits."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    for group, defined in new["locks"].items():
        defined["permits"] = _permits(group, rng.choice([1, 2, 2, 3, 4]), named=rng.random() < 0.4)
    for stage in new["stages"].values():
        if "path" not in stage and "branch" not in stage:
            continue
        if "lock" not in stage and rng.random() < 0.5:
            stage["lock"] = ["one"]
        if "lock" in stage:
            stage["lock"] = {group: rng.choice(WEIGHTS) for group in stage["lock"]}
    for stage in new["stages"].values():
        if "lock" in stage and "path" in stage and "steps" in stage:
            says = {"file": PERMIT_FILE, "values": {"permit": ""}}
            stage["steps"] = [*stage["steps"], {"uses": "yaml-set", "with": says}]
    return fitting(new)


def _permits(group: str, number: int, *, named: bool) -> int | list[str]:
    return [f"{group}-{n}" for n in range(1, number + 1)] if named else number


def weighted(document: dict) -> bool:
    """Some stage says how many permits it takes."""
    return any(isinstance(stage.get("lock"), dict) for stage in document["stages"].values())


def fitting(document: dict) -> dict:
    """
    *document*, in which no stage takes more than there is, or says a permit that has no name: that
    would not be valid.
    """
    for stage in document["stages"].values():
        for step in stage.get("steps", ()):
            if step["with"].get("file") == PERMIT_FILE:
                step["with"]["values"] = {"permit": _said(document, stage)}
    for stage in document["stages"].values():
        if isinstance(stage.get("lock"), dict):
            for group, weight in stage["lock"].items():
                permits = document["locks"].get(group, {}).get("permits", 1)
                most = len(permits) if isinstance(permits, list) else permits
                stage["lock"][group] = weight if weight == "all" else min(weight, most)
    return document


def _said(document: dict, stage: dict) -> str:
    """What the stage writes of its grant: the first of its permits that has a name."""
    defined = document["locks"]
    named = [
        g for g in stage.get("lock", ()) if isinstance(defined.get(g, {}).get("permits"), list)
    ]
    return f"${{{{ lock.{named[0]} }}}}" if named else "none"


def kept(before: dict, document: dict, one: int) -> dict:
    """*document*, edited by who knows no weights: stages that had some *before* have some."""
    for name, stage in document["stages"].items():
        had = before["stages"].get(name, {}).get("lock")
        if isinstance(had, dict) and isinstance(stage.get("lock"), list):
            stage["lock"] = {g: had.get(g, WEIGHTS[one % len(WEIGHTS)]) for g in stage["lock"]}
    return fitting(document)


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what is done about weights, where there are some."""
    found = list(before)
    if not weighted(document):
        return found
    for kind in rng.choices(list(AT_SCALES), list(AT_SCALES.values()), k=rng.choice([2, 3, 5])):
        event = (kind, rng.randrange(24), rng.randrange(24), 0)
        found.insert(rng.randrange(len(found) + 1), event)
    return found


# --- what happens ---


def _edited(world: World, words: str) -> str:
    fitting(world.document)
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


def _reweigh(world: World, one: int, two: int, _: int) -> str | None:
    """Another weight for a stage that waits, or holds; else for any."""
    live = {r.stage for r in world.records().requests if r.ended_at is None}
    locked = [n for n, s in world.document["stages"].items() if isinstance(s.get("lock"), dict)]
    names = [name for name in locked if name in live] or locked
    if not names:
        return None
    world.document = copy.deepcopy(world.document)
    name = names[one % len(names)]
    lock = world.document["stages"][name]["lock"]
    group = list(lock)[two % len(lock)]
    lock[group] = WEIGHTS[(one + two) % len(WEIGHTS)]
    return _edited(world, f"lets {name} take {lock[group]} of {group}")


def _rename(world: World, one: int, two: int, _: int) -> str:
    """The permits of a group get other names, or names at all, or lose them."""
    world.document = copy.deepcopy(world.document)
    group = GROUPS[one % len(GROUPS)]
    named = _permits(group, 1 + two % 3, named=two % 4 != 0)
    if isinstance(named, list) and two % 2:
        named[-1] = f"{group}-new"
    world.document["locks"][group].pop("scope", None)
    world.document["locks"][group]["permits"] = named
    return _edited(world, f"gives {group} the permits {named}")


def _takes(world: World, one: int, two: int, _: int) -> str:
    """A client asks for several permits, or for all."""
    weight = WEIGHTS[two % len(WEIGHTS)]
    return locking.asks(world, one, two, weight)


WEIGHING = {"reweigh": _reweigh, "rename-permits": _rename, "client-weighs": _takes}
