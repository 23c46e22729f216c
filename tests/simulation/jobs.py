"""What happens with CI jobs that take locks by GitHub's token, as events of a story."""

from __future__ import annotations

import copy
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from app.core.model.lock_requests import LIVE
from tests.simulation.asking import Asking
from tests.simulation.github import CI_APP, Run
from tests.simulation.pipelines import GROUPS

if TYPE_CHECKING:
    from app.core.model.names import Sha
    from tests.simulation.world import World

SHARE = 0.1
"""The share of stories in which jobs ask."""
AT_WORK = {
    "job-soon": 7, "job-asks": 9, "job-lone": 5, "job-lies": 3, "job-again": 3, "job-dies": 5,
    "job-gives": 3, "job-ends": 8, "job-silent": 5, "job-talks": 2, "job-late": 3, "job-wrong": 2,
}  # fmt: skip
"""Drawn apart from all others."""


def rolled(seed: int, *, always: bool) -> bool:
    """Whether jobs ask in the story of that seed."""
    return always or Random(f"jobs of {seed}").random() < SHARE


def drawn(rng: Random, document: dict) -> dict:
    """*document*, with more stages that await a check under a lock; some groups guard a door."""
    new = copy.deepcopy(document)
    for name, stage in new["stages"].items():
        if "path" not in stage and "branch" not in stage:
            continue
        if "lock" not in stage and rng.random() < 0.6:
            stage["lock"] = ["one"]
        verify = stage.get("verify") or {}
        if not verify and rng.random() < 0.8:
            stage["verify"] = {"checks": [f"t{name[1:]}"]}
        elif verify.get("checks") and rng.random() < 0.25:
            verify["checks"] = [*verify["checks"], "lock-e2e"]
    for group, defined in new["locks"].items():
        if "environments" not in defined and rng.random() < 0.12:
            defined["environments"] = [f"env-{group}"]
    return new


def events(rng: Random, before: list) -> list:
    """*before*, and among them what jobs do."""
    found = list(before)
    kinds = rng.choices(list(AT_WORK), list(AT_WORK.values()), k=rng.choice([5, 7, 10, 14]))
    for kind in kinds:
        event = (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1]))
        found.insert(rng.randrange(len(found) + 1), event)
    return found


# --- what happens ---


def _soon(world: World, one: int, _two: int, _: int) -> str:
    """Before anybody of us has seen that it runs, and maybe before its stage has the lock."""
    world.jobs.soon += 1 + one % 2
    return "the next checks that a stage awaits take its lock as soon as they begin"


def _free(world: World) -> list[Run]:
    """Checks that a stage with a lock awaits, which run, and whose jobs do not ask."""
    asked = {one.number for one in world.jobs.all if one.alive}
    runs = [r for r in world.forge.runs.values() if world.forge.goes_on(r)]
    return [
        r for r in runs
        if r.app_id == CI_APP and r.suite and r.id not in asked and world.jobs.group_of(r.name)
        and r.suite not in {s.suite for s in world.forge.started.values()}
    ]  # fmt: skip


def _asks(world: World, one: int, two: int, _: int) -> str | None:
    runs = _free(world)
    started = [s for s in world.forge.started.values() if not world.forge.is_over(s)]
    if started and (two % 3 == 0 or not runs):
        run = started[one % len(started)]
        jobs = world.forge.jobs_of(run)
        if jobs and jobs[-1].conclusion is None and run.groups:
            world.jobs.asks(run.id, jobs[-1].id, run.head, run.groups[two % len(run.groups)])
            return f"the job of the run {run.id} of {run.file} asks for its lock"
        return None
    if not runs:
        return None
    check = runs[-1 - one % len(runs)]
    group = world.jobs.group_of(check.name, two)
    if world.jobs.is_in(check.suite, group):
        return None
    asking = world.jobs.asks(check.suite, check.id, check.sha, group)
    return f"{asking.name} ({check.name} on {check.sha[:7]}) asks for {asking.group}"


def _places(world: World) -> list[Sha]:
    return [p.landed for p in world.records().promotions if p.landed is not None]


def _busy(world: World, one: int) -> str:
    held = [r.groups[0] for r in world.records().all_requests if r.state in LIVE]
    return str(held[one % len(held)]) if held and one % 4 else GROUPS[one % len(GROUPS)]


def _lone(world: World, one: int, two: int, _: int) -> str:
    """A job that no stage awaits: on what landed, or on main."""
    places = _places(world)
    head = places[-1 - one % len(places)] if places and two % 2 else world.server.tips["main"]
    run = world.forge.comes(head, "report")
    asking = world.jobs.asks(run.id, run.jobs[0].id, head, _busy(world, two))
    return f"{asking.name} (report on {head[:7]}) asks for {asking.group}"


def _lies(world: World, one: int, two: int, _: int) -> str | None:
    """The commit is not its run's head, or that is in a fork, or the job is another one."""
    places, names = _places(world), _awaited(world)
    if not places or not names:
        return None
    landed, name = places[-1 - one % len(places)], names[one % len(names)]
    group = world.jobs.group_of(name, two)
    if two % 3 == 0:
        run = world.forge.comes(landed, name, foreign=True)
        what = "of a fork"
    elif two % 3 == 1:
        run = world.forge.comes(world.server.tips["main"], name)
        what = "on another commit than it says"
    else:
        run = world.forge.comes(landed, "report")
        what = "beside the one that is awaited"
    asking = world.jobs.asks(run.id, run.jobs[0].id, landed, group)
    return f"{asking.name}, {what}, asks for {group} on {landed[:7]}"


def _awaited(world: World) -> list[str]:
    stages = world.pipeline.stages.values()
    return [name for s in stages if s.locks for name in world.checks_for(s)]


def _one(found: list[Asking], one: int) -> Asking | None:
    return found[-1 - one % len(found)] if found else None


def _again(world: World, one: int, _two: int, _: int) -> str | None:
    """With the same key, while it lasts or after its end."""
    asking = _one([a for a in world.jobs.all if a.alive and not world.jobs.ended(a)], one)
    return world.jobs.again(asking) if asking else None


def _dies(world: World, one: int, two: int, _: int) -> str | None:
    """Without a word; the machine goes on for GitHub, or the job is over."""
    asking = _one([a for a in world.jobs.all if a.alive], one)
    if asking is None:
        return None
    asking.alive = False
    check = world.forge.runs.get(asking.number)
    if two % 3 == 0 and check is not None and check.conclusion is None:
        world.forge.conclude(check, "failure")
        return f"{asking.name} is killed, and has failed"
    return f"{asking.name} is killed, and GitHub says that it runs"


def _gives(world: World, one: int, _two: int, _: int) -> str | None:
    asking = _one([a for a in world.jobs.all if a.alive and not a.given], one)
    return world.jobs.gives(asking) if asking else None


def _ends(world: World, one: int, two: int, _: int) -> str | None:
    """Who was let in gives back, and its job ends."""
    asking = _one([a for a in world.jobs.all if a.inside], one)
    if asking is None:
        return None
    words = world.jobs.gives(asking)
    asking.alive = False
    check = world.forge.runs.get(asking.number)
    conclusion = ("success", "success", "failure")[two % 3]
    if check is not None and check.conclusion is None:
        world.forge.conclude(check, conclusion)
    for job in world.forge.lone[asking.run].jobs if asking.run in world.forge.lone else ():
        job.status, job.conclusion = "completed", conclusion
    return f"{words}; it is {conclusion}"


def _silent(world: World, one: int, two: int, _: int) -> str:
    minutes = (1, 7, 40)[two % 3]
    world.forge.refuses = bool(one % 2)
    world.forge.silent_until = world.now + timedelta(minutes=minutes)
    how = "refuses to tell" if one % 2 else "does not tell"
    return f"GitHub {how} of runs whose jobs ask, for {minutes} minutes"


def _talks(world: World, _one: int, _two: int, _: int) -> str | None:
    if world.forge.silent_until is None:
        return None
    world.forge.silent_until = None
    return "GitHub tells of all runs again"


def _late(world: World, one: int, _two: int, _: int) -> str | None:
    """A job asks that was let in, or told no, before: a new request of the same key."""
    asking = _one([a for a in world.jobs.all if a.given and not world.jobs.ended(a)], one)
    if asking is None:
        return None
    asking.alive = True
    return world.jobs.again(asking)


def _wrong(world: World, one: int, _two: int, _: int) -> str | None:
    """It renews with a token that is outdated."""
    asking = _one([a for a in world.jobs.all if a.inside and a.token is not None], one)
    if asking is None or asking.token is None:
        return None
    status = world.jobs.beats(asking, asking.token - 1)
    return f"{asking.name} renews with an outdated token: {status}"


WORKING = {
    "job-soon": _soon, "job-asks": _asks, "job-lone": _lone, "job-lies": _lies,
    "job-again": _again, "job-dies": _dies, "job-gives": _gives, "job-ends": _ends,
    "job-silent": _silent, "job-talks": _talks, "job-late": _late, "job-wrong": _wrong,
}  # fmt: skip
