"""What happens in an organisation whose repositories share lock groups, as events of a story."""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING

from app.core.model.group_names import of_organization
from tests.simulation import locking
from tests.simulation.neighbours import ACCOUNT, shared_groups
from tests.simulation.pipelines import GROUPS, text
from tests.simulation.weighing import fitting

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARE = 0.12
BESIDE = {
    "beside-push": 10, "beside-ends": 9, "org-edit": 4, "org-silent": 4, "org-speaks": 3,
    "org-lacks": 3, "org-broken": 2, "org-back": 4, "org-client": 5, "rescope": 2,
}  # fmt: skip
"""Drawn apart from all others, and only where groups are the organisation's."""


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with groups of the organisation: rather those that stages take."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    for stage in new["stages"].values():
        if "lock" not in stage and ("path" in stage or "branch" in stage) and rng.random() < 0.4:
            stage["lock"] = ["one"]
    taken = {g for stage in new["stages"].values() for g in stage.get("lock", ())}
    free = [g for g, body in new["locks"].items() if not {"service", "environments"} & set(body)]
    for group in free:
        if rng.random() < (0.85 if group in taken else 0.15):
            new["locks"][group] = {"scope": "organization"}
    for stage in new["stages"].values():
        if isinstance(stage.get("lock"), dict):
            shared = shared_groups(new)
            stage["lock"] = {
                g: 1 if g in shared and n != "all" else n for g, n in stage["lock"].items()
            }
    return fitting(new)


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what is done in the organisation, where there is one."""
    found = list(before)
    if not shared_groups(document):
        return found
    for kind in rng.choices(list(BESIDE), list(BESIDE.values()), k=rng.choice([5, 8, 11, 14])):
        event = (kind, rng.randrange(24), rng.randrange(24), 0)
        found.insert(rng.randrange(len(found) + 1), event)
    return found


# --- what happens ---


def _push(world: World, one: int, _two: int, _: int) -> str | None:
    there = world.organization
    return f"acme/api: somebody pushes {there.pushes(one)}" if there else None


def _ends(world: World, one: int, two: int, _: int) -> str | None:
    """Of the other repository a check ends."""
    there = world.organization
    running = there.second.forge.unfinished() if there else []
    if there is None or not running:
        return None
    conclusion = ("success", "success", "failure")[two % 3]
    there.second.forge.conclude(running[one % len(running)], conclusion)
    return f"acme/api: e2e is {conclusion}"


def _edit(world: World, one: int, two: int, _: int) -> str | None:
    """The organisation gives a group other permits."""
    there = world.organization
    if there is None or not there.groups:
        return None
    group = sorted(there.groups)[one % len(there.groups)]
    permits = (1, 2, [f"{group}-1", f"{group}-2"], 3, [f"{group}-2"])[two % 5]
    there.defines({**there.groups, group: {"permits": permits}})
    return f"acme/.github gives {group} the permits {permits}"


def _lacks(world: World, one: int, _two: int, _: int) -> str | None:
    there = world.organization
    if there is None or not there.groups:
        return None
    group = sorted(there.groups)[one % len(there.groups)]
    there.defines({name: body for name, body in there.groups.items() if name != group})
    return f"acme/.github defines {group} no more"


def _broken(world: World, one: int, _two: int, _: int) -> str | None:
    there = world.organization
    if there is None:
        return None
    groups = there.groups
    there.defines(None, text=b"no json" if one % 3 else None)
    there.groups = groups
    return "acme/.github breaks its file" if one % 3 else "acme/.github empties its file"


def _back(world: World, _one: int, _two: int, _: int) -> str | None:
    there = world.organization
    if there is None:
        return None
    there.defines({**there.first, **there.groups})
    return "acme/.github defines everything again"


def _silent(world: World, _one: int, _two: int, _: int) -> str | None:
    there = world.organization
    if there is None or there.home.mirrors.silent:
        return None
    there.home.mirrors.silent = True
    world.store.work.touch(there.home.key)
    return "acme/.github cannot be read"


def _speaks(world: World, _one: int, _two: int, _: int) -> str | None:
    there = world.organization
    if there is None or not there.home.mirrors.silent:
        return None
    there.home.mirrors.silent = False
    world.store.work.touch(there.home.key)
    return "acme/.github can be read again"


def _client(world: World, one: int, two: int, _: int) -> str | None:
    """A client asks for a group by the organisation's address."""
    there = world.organization
    if there is None:
        return None
    group = str(of_organization(ACCOUNT, sorted(there.first)[one % len(there.first)]))
    return locking.asks(world, one, two, "all" if one % 5 == 0 else 1, group=group)


def _rescope(world: World, one: int, two: int, _: int) -> str:
    """A group of ours becomes the organisation's, or the other way round (rule L53)."""
    world.document = copy.deepcopy(world.document)
    there = world.organization
    names = sorted(there.first) if there is not None else list(GROUPS)
    group = names[one % len(names)]
    mine = "scope" in world.document["locks"][group]
    world.document["locks"][group] = {"permits": 1 + two % 2} if mine else {"scope": "organization"}
    fitting(world.document)
    words = f"takes {group} from {'its own file' if mine else 'the organisation'}"
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


SHARING = {
    "beside-push": _push, "beside-ends": _ends, "org-edit": _edit, "org-silent": _silent,
    "org-speaks": _speaks, "org-lacks": _lacks, "org-broken": _broken, "org-back": _back,
    "org-client": _client, "rescope": _rescope,
}  # fmt: skip
