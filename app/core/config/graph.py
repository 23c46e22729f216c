"""References between stages, warehouses and locks; the order of stages; cycles."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache

from app.core.config.context import Context, Draft
from app.core.config.report import did_you_mean, listed, shown
from app.core.config.values import Placed, as_name
from app.core.model.names import GroupName, StageName, WarehouseName, is_name
from app.core.model.pipeline import Weight

MAX_CYCLES_TOLD = 20
# Each undefined name is held against all that are known: thousands against thousands.
_can_be = lru_cache(maxsize=10_000)(is_name)


def resolve(context: Context, draft: Draft) -> Draft:
    """Fill in the draft's warehouse, upstreams and locks; undefined ones are told and left out."""
    freight = _warehouse(context, draft)
    placeds = tuple(p for p in draft.upstreams if _defined(context, p, context.drafts, "stage"))
    names = tuple(StageName(p.value) for p in placeds)
    locks = tuple(
        GroupName(p.value) for p in draft.locks if _defined(context, p, context.locks, "lock group")
    )
    of_all = "needs" in draft.fields
    stage = replace(
        draft.stage,
        freight=freight or WarehouseName(""),
        needs=names if of_all else (),
        needs_any=() if of_all else names,
        locks=locks,
        weights=_weights(context, draft, locks),
    )
    sound = draft.sound and freight is not None and placeds == draft.upstreams
    return replace(draft, stage=stage, upstreams=placeds, sound=sound)


def _weights(context: Context, draft: Draft, locks: tuple[GroupName, ...]) -> tuple[Weight, ...]:
    """What the stage takes of each group where that is not one; more than there are is told."""
    weights = []
    for place in draft.locks:
        group, number = GroupName(place.value), draft.weights.get(place.value, 1)
        if group not in locks or number == 1:
            continue
        defined = context.locks[group]
        most = defined.permits
        if number > most and defined.scope == "repository":
            has = f"{most} permit{'s' if most != 1 else ''}"
            message = f"`{draft.name}` takes {number} permits of `{group}`, which has {has}"
            context.report.add(place.mark, "wrong-value", message)
        weights.append(Weight(group, number))
    return tuple(weights)


def _defined(context: Context, name: Placed, known: Collection[str], what: str) -> bool:
    if name.value in known:
        return True
    refused = {other for other in known if not _can_be(other)}
    if name.value in map(as_name, refused):
        return False  # it is there under a name that cannot be one, which was told
    meant = context.report.closest(name.value, set(known) - refused)
    mend = did_you_mean(meant)
    if not mend and what == "lock group" and is_name(name.value):
        mend = f": define it, `locks: {{{name.value}: {{permits: 1}}}}`"
    message = f"there is no {what} `{shown(name.value)}`{mend}"
    context.report.add(name.mark, "undefined-name", message, meant)
    return False


def _warehouse(context: Context, draft: Draft) -> WarehouseName | None:
    if draft.freight:
        known = _defined(context, draft.freight, context.warehouses, "warehouse")
        return WarehouseName(draft.freight.value) if known else None
    if "freight" in draft.fields or not context.warehouses:
        return None
    if len(context.warehouses) == 1:
        return next(iter(context.warehouses))
    message = f"stage `{shown(draft.name)}` has no `freight`: "
    suggestion = None
    upstream, carried = _carried(context, draft)
    if carried is not None:
        suggestion = f"freight: {carried}"
        message += f"its upstream `{upstream}` carries `{carried}`, so write `{suggestion}`"
    else:
        names = listed([f"`{shown(name)}`" for name in context.warehouses])
        message += f"write which one of {names} it takes"
    context.report.add(draft.stage.mark, "missing-key", message, suggestion)
    return None


def _carried(context: Context, draft: Draft) -> tuple[str, str | None]:
    """The first upstream of *draft*, and the warehouse whose freight the stages above it take."""
    first, seen = draft.upstreams[0].value if draft.upstreams else "", set[str]()
    above: Draft | None = draft
    while above is not None and above.freight is None:
        seen.add(above.name)
        place = above.upstreams[0].value if above.upstreams else ""
        above = context.drafts.get(StageName(place)) if place not in seen else None
    known = above.freight.value if above is not None and above.freight else None
    return first, known if known in context.warehouses else None


def check_same_freight(context: Context, drafts: Mapping[StageName, Draft]) -> None:
    """Tell where a stage needs one that carries another warehouse's freight."""
    for draft in drafts.values():
        for place in draft.upstreams:
            theirs = drafts[StageName(place.value)].stage.freight
            ours = draft.stage.freight
            if ours and theirs and ours != theirs:
                message = (
                    f"stage `{place.value}` carries freight of `{theirs}`, but stage "
                    f"`{draft.name}` carries freight of `{ours}`"
                )
                context.report.add(place.mark, "other-freight", message)


def in_needs_order(drafts: Mapping[StageName, Draft]) -> tuple[StageName, ...]:
    """
    Order stages: upstreams before those they feed, ties as in the file.

    What is on a cycle, or below one, is left out.
    """
    places = {name: at for at, name in enumerate(drafts)}
    names = tuple(drafts)
    missing = {name: len(draft.stage.upstreams) for name, draft in drafts.items()}
    below: dict[StageName, list[StageName]] = {name: [] for name in drafts}
    for name, draft in drafts.items():
        for upstream in draft.stage.upstreams:
            below[upstream].append(name)
    ready = [places[name] for name, count in missing.items() if count == 0]
    ordered = []
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for follower in below[name]:
            missing[follower] -= 1
            if missing[follower] == 0:
                heapq.heappush(ready, places[follower])
    return tuple(ordered)


def check_cycles(context: Context, drafts: Mapping[StageName, Draft]) -> None:
    """Tell each cycle at its stage that comes last in the file, with the path that closes it."""
    places = {name: at for at, name in enumerate(drafts)}
    for cycle in _cycles(drafts):
        last = max(range(len(cycle)), key=lambda at: places[cycle[at]])
        path = [*cycle[last:], *cycle[:last], cycle[last]]
        if len(path) > 12:
            path = [*path[:6], StageName("..."), *path[-5:]]
        message = f"stages need each other in a cycle: {' needs '.join(path)}"
        context.report.add(drafts[cycle[last]].stage.mark, "cycle", message)


def _cycles(drafts: Mapping[StageName, Draft]) -> list[list[StageName]]:
    """Walk along needs, without recursion; each step back onto the way closes a cycle."""
    done: set[StageName] = set()
    cycles: list[list[StageName]] = []
    for start in drafts:
        way: dict[StageName, int] = {}
        todo = [] if start in done else [(start, iter(drafts[start].stage.upstreams))]
        way[start] = 0
        while todo and len(cycles) < MAX_CYCLES_TOLD:
            name, upstreams = todo[-1]
            following = next((u for u in upstreams if u not in done), None)
            if following is None:
                todo.pop()
                del way[name]
                done.add(name)
            elif following in way:
                cycles.append(list(way)[way[following] :])
            else:
                way[following] = len(way)
                todo.append((following, iter(drafts[following].stage.upstreams)))
    return cycles
