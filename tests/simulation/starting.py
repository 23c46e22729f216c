"""Stages that start a workflow to verify, and what people and runners do with its runs."""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING

from app.core.model.records import Promotion
from tests.simulation.dispatching import FOLDER, NAMED, PLAIN, TOLD, Asked, Started, declared

if TYPE_CHECKING:
    from tests.simulation.world import World

FILES = ("e2e.yml", "smoke.yml")
SHARE = 0.12
"""The share of pipelines in which some stage verifies by a workflow that is started."""
ENDS = ("success",) * 5 + ("failure", "failure", "cancelled", "skipped", "timed_out")
RUNS = {
    "run-ends": 9, "run-begins": 3, "run-again": 3, "cancel-run": 2, "delete-run": 3,
    "dispatch": 4, "disable": 1, "enable": 2, "unfile": 1,
    "start-lost": 6, "start-never": 3, "start-late": 4,
}  # fmt: skip
"""Drawn apart from all others, and only where a stage starts a workflow."""


def drawn(rng: Random, document: dict, *, always: bool = False) -> dict:
    """*document*, in some stories with stages that verify by a workflow, mostly under a lock."""
    if rng.random() >= SHARE and not always:
        return document
    new = copy.deepcopy(document)
    writing = [s for s in new["stages"].values() if "path" in s or "branch" in s]
    for n, stage in enumerate(writing):
        if n and rng.random() < 0.35:
            continue
        stage["verify"] = {"workflow": FILES[rng.random() < 0.2]}
        if rng.random() < 0.15:
            stage["verify"]["checks"] = ["shared"]
        if "lock" not in stage and rng.random() < 0.7:
            stage["lock"] = ["one"]
    return new


def started_by(document: dict) -> list[tuple[str, dict]]:
    """The stages that start a workflow, by name."""
    stages = document["stages"].items()
    return [(n, s) for n, s in stages if "workflow" in (s.get("verify") or {})]


def events(rng: Random, document: dict, before: list) -> list:
    """*before*, and among them what happens to runs, where there may be some."""
    found = list(before)
    if not started_by(document):
        return found
    for kind in rng.choices(list(RUNS), list(RUNS.values()), k=rng.choice([3, 5, 7, 9])):
        event = (kind, rng.randrange(24), rng.randrange(24), rng.choice([0, 0, 0, 0, 1, 2]))
        found.insert(rng.randrange(len(found) + 1), event)
    return found


# --- the files ---


def text_of(world: World, file: str) -> bytes:
    return NAMED if world.chance(f"inputs of {file}") < 60 else PLAIN


def lacking(world: World) -> list[tuple[str, str]]:
    """(branch, file): where a stage's workflow ought to be, and is not."""
    wanted = [
        (branch, stage["verify"]["workflow"])
        for _, stage in started_by(world.document)
        for branch in ("main", stage.get("branch", "main"))
    ]
    server = world.server
    return [
        (branch, file)
        for branch, file in dict.fromkeys(wanted)
        if server.at(server.tips.get(branch), FOLDER + file) is None
    ]


def provide(world: World, *, begins: bool = False) -> bool:
    """People put the workflows where they belong; as the story *begins*, not on each branch."""
    moved = False
    for branch, file in lacking(world):
        if begins and branch != "main" and world.chance(f"{file} on {branch}") < 25:
            continue
        sha = world.server.commit(branch, {FOLDER + file: text_of(world, file)}, f"Add {file}")
        world.tell(f"carol puts {file} on {branch} in {sha[:7]}")
        moved = True
    return moved


# --- what happens ---


def _runs(world: World, *, over: bool | None = None) -> list[Started]:
    forge = world.forge
    runs = [run for run in forge.started.values() if not run.gone]
    return [run for run in runs if over is None or forge.is_over(run) == over]


def _one(runs: list[Started], one: int) -> Started | None:
    return runs[-1 - one % len(runs)] if runs else None


def _ends(world: World, one: int, two: int, _: int) -> str | None:
    run = _one(_runs(world, over=False), one)
    if run is None:
        return None
    world.forge.begin(run)
    job = world.forge.jobs_of(run)[-1]
    world.forge.conclude(job, ENDS[two % len(ENDS)])
    return f"CI: the run {run.id} of {run.file} is {job.conclusion}"


def _begins(world: World, one: int, _two: int, _: int) -> str | None:
    forge = world.forge
    waiting = [run for run in _runs(world, over=False) if not forge.jobs_of(run)]
    run = _one(waiting, one)
    if run is None:
        return None
    forge.begin(run)
    return f"CI: a runner takes the run {run.id} of {run.file}"


def _again(world: World, one: int, two: int, _: int) -> str | None:
    """A person runs it again from its page; it goes on, or ends at once."""
    run = _one([r for r in _runs(world, over=True) if world.forge.jobs_of(r)], one)
    if run is None:
        return None
    job = world.forge.start(run.head, world.forge.jobs_of(run)[-1].name, run.suite)
    if two % 3 == 0:
        world.forge.conclude(job, ENDS[two % len(ENDS)])
    return f"bob runs {run.id} of {run.file} again: {job.conclusion or 'it goes on'}"


def _cancelled(world: World, one: int, _two: int, _: int) -> str | None:
    run = _one(_runs(world, over=False), one)
    if run is None:
        return None
    world.forge.stop(run)
    return f"bob cancels the run {run.id} of {run.file}"


def _deleted(world: World, one: int, _two: int, _: int) -> str | None:
    """GitHub lets people delete only what is over."""
    run = _one(_runs(world, over=True), one)
    if run is None:
        return None
    world.forge.delete(run)
    return f"bob deletes the run {run.id} of {run.file}"


def _dispatched(world: World, one: int, two: int, _: int) -> str | None:
    """Somebody starts the same workflow, mostly with the very inputs that we would give."""
    mine = started_by(world.document)
    rows = [p for p in world.records().promotions if p.landed and p.started is not None]
    if not mine:
        return None
    name, stage = mine[one % len(mine)]
    row = next((p for p in reversed(rows) if p.stage == name), None)
    branch, file = stage.get("branch", "main"), stage["verify"]["workflow"]
    if file in world.forge.disabled or any(f == file for _, f in lacking(world)):
        return None
    known = declared(text_of(world, file))
    said = dict.fromkeys(TOLD, "") | ({"promotion": row.id} if row and two % 3 else {})
    run = world.forge.dispatch(file, branch, {n: said[n] for n in known}, Asked("", ()))
    if two % 2:
        world.forge.begin(run)
        for job in world.forge.jobs_of(run)[-1:]:
            world.forge.conclude(job, "success")
    return f"bob starts {file} on {branch} himself: {run.id} {run.title!r}"


def _disable(world: World, one: int, _two: int, _: int) -> str | None:
    mine = started_by(world.document)
    if not mine:
        return None
    file = mine[one % len(mine)][1]["verify"]["workflow"]
    world.forge.disabled.add(file)
    return f"dave disables {file}"


def _enable(world: World, _one: int, _two: int, _: int) -> str | None:
    moved = bool(world.forge.disabled) | provide(world)
    world.forge.disabled.clear()
    return "dave enables the workflows" if moved else None


def _unfile(world: World, one: int, two: int, _: int) -> str | None:
    mine = started_by(world.document)
    stage = mine[one % len(mine)][1] if mine else {}
    branch = stage.get("branch", "main") if two % 2 else "main"
    file = FOLDER + stage["verify"]["workflow"] if mine else ""
    if not file or world.server.at(world.server.tips.get(branch), file) is None:
        return None
    sha = world.server.commit(branch, {file: None}, "Remove a workflow")
    return f"dave removes {file} from {branch} in {sha[:7]}"


STARTING = {
    "run-ends": _ends, "run-begins": _begins, "run-again": _again, "cancel-run": _cancelled,
    "delete-run": _deleted, "dispatch": _dispatched, "disable": _disable, "enable": _enable,
    "unfile": _unfile,
}  # fmt: skip


# --- when all is calm ---


def served(world: World) -> bool:
    """Runners take what waits, and it is green; the workflows are where they belong."""
    moved = bool(world.forge.disabled)
    world.forge.disabled.clear()
    moved |= provide(world)
    for run in _runs(world, over=False):
        job = world.forge.begin(run)
        if job is not None:
            world.forge.conclude(job, "success")
            moved = True
    return moved


def freed(world: World) -> bool:
    """
    A maintainer frees the lock of a start that GitHub confirmed, whose run somebody deleted before
    we found it: nobody else can know that it has ended.
    """
    records, moved = world.records(), False
    rows = {promotion.id: promotion for promotion in records.promotions}
    for request in records.requests:
        row = rows.get(request.promotion)
        if request.state != "suspect" or row is None or not _lost(world, row):
            continue
        for run in list(world.forge.runs.values()):
            if "release" in run.buttons and run.sha in (row.freight.sha, row.landed):
                world.click(run, "release", "max")
                world.tell(f"max clicks release on {run.name} of {run.sha[:7]}")
                moved = True
                break
    return moved


def _lost(world: World, row: Promotion) -> bool:
    mine = [run for run in world.forge.started.values() if run.owner == row.id]
    start = row.started
    known = start is None or not start.answered or start.run != 0
    return not known and bool(mine) and all(run.gone for run in mine)
