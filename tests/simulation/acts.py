"""What people do, one function a kind: each tells what it did, or None where it cannot be done."""

from __future__ import annotations

import copy

from app.core.model.names import Sha
from app.engine.deliveries.known_repositories import Register
from tests.simulation.ci import NEEDED, rerun_failed, skip_what_needs
from tests.simulation.clients import LIVING
from tests.simulation.github import OWN_APP
from tests.simulation.goingback import GOING_BACK
from tests.simulation.guarding import GUARDING
from tests.simulation.guarding import swept as jobs_found
from tests.simulation.hurrying import HURRYING
from tests.simulation.jobs import WORKING
from tests.simulation.leaves import LEAVES
from tests.simulation.locking import LOCKING
from tests.simulation.pipelines import FOLDERS, edited, relocked, text
from tests.simulation.reviewing import REVIEWING
from tests.simulation.sayings import SAID
from tests.simulation.serving import SERVING
from tests.simulation.sharing import SHARING
from tests.simulation.starting import STARTING
from tests.simulation.takingback import TAKING_BACK
from tests.simulation.weighing import WEIGHING, kept
from tests.simulation.world import SKEWS, World

CONCLUSIONS = ("success",) * 6 + ("failure", "skipped", "cancelled", "neutral", "timed_out")


def keyed(document: dict) -> dict[str, bytes]:
    """The files of stages whose outputs are keys, and of those below them."""
    return {
        f"{stage['path']}/{file}": b"".join(f'{key}: ""\n'.encode() for key in keys)
        + b"other: kept\n"
        for name, stage in document["stages"].items()
        if "path" in stage
        for file, keys in _keys(document, name)
    }


def _keys(document: dict, name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each file in which a stage, or the one that it takes everything from, sets keys; with these."""
    stage = document["stages"][name]
    if "steps" in stage:
        sets = [step["with"] for step in stage["steps"] if step["uses"] == "yaml-set"]
        return [(given["file"], tuple(given["values"])) for given in sets]
    above = [*stage.get("needs", ()), *stage.get("needs-any", ())]
    return _keys(document, above[0]) if above else []


def _push(world: World, one: int, two: int, _: int) -> str:
    folder = list(FOLDERS.values())[one % len(world.document["warehouses"])]
    sha = world.server.commit("main", {f"{folder}/x": str(two % 6).encode()})
    return f"alice pushes {sha[:7]} to {folder}"


def _ignored(world: World, one: int, two: int, _: int) -> str:
    sha = world.server.commit("main", {"docs/a.txt": f"{one} {two}".encode()})
    return f"alice pushes {sha[:7]} to docs/"


def _mixed(world: World, one: int, two: int, _: int) -> str | None:
    paths = [s["path"] for s in world.document["stages"].values() if "path" in s]
    if not paths:
        return None
    path, folder = paths[one % len(paths)], next(iter(FOLDERS.values()))
    changes = {f"{path}/own.txt": str(one).encode(), f"{folder}/x": str(two).encode()}
    sha = world.server.commit("main", changes)
    return f"alice pushes {sha[:7]} to {folder} and {path}/own.txt"


def _move(world: World, one: int, two: int, _: int) -> str:
    tip = world.server.tips["main"]
    folder = next(iter(FOLDERS.values()))
    old, new = (f"{folder}/x", f"{folder}/y") if one % 2 else (f"{folder}/y", f"{folder}/x")
    entry = world.server.at(tip, old) or world.server.at(tip, new)
    sha = world.server.commit("main", {old: None, new: entry})
    return f"alice moves {old} to {new} in {sha[:7]}"


def _merge(world: World, one: int, two: int, _: int) -> str:
    """A branch from a few commits ago is merged, with two commits of its own."""
    server, line = world.server, world.server.line(world.server.tips["main"])
    fork = line[min(1 + one % 4, len(line) - 1)]
    folder = next(iter(FOLDERS.values()))
    side = server.made(fork, {f"{folder}/side": f"{one} {two}".encode()})
    server.people.add(side)
    tree = server.merged_tree(line[0], side)
    if tree is None:
        return "alice's branch conflicts"
    sha = server.push("main", server.written(tree, (line[0], side), "Merge a branch"))
    return f"alice merges a branch as {sha[:7]}"


def _force(world: World, one: int, two: int, _: int) -> str | None:
    line = world.server.line(world.server.tips["main"])
    back = 1 + one % 3
    if len(line) <= back + 1:
        return None
    world.server.move("main", line[back])
    return f"bob force-pushes main back by {back}, to {line[back][:7]}"


def _force_stage(world: World, one: int, two: int, _: int) -> str | None:
    """A branch that only a stage has is taken back by a force push."""
    branches = sorted({world.branch(s) for s in world.pipeline.stages.values()} - {"main"})
    found = [branch for branch in branches if branch in world.server.tips]
    if not found:
        return None
    branch = found[one % len(found)]
    line = world.server.line(world.server.tips[branch])
    back = 1 + two % 2
    if len(line) <= back:
        return None
    world.server.move(branch, line[back])
    return f"bob force-pushes {branch} back by {back}, to {line[back][:7]}"


def _machine(world: World, one: int, two: int, _: int) -> str:
    """The machine is gone; another worker has no mirror yet, and a clock of its own."""
    skew = SKEWS[one % len(SKEWS)]
    world.change_machine(skew)
    return f"another machine takes over, its clock is off by {skew.total_seconds():.0f} s"


def _hand(world: World, one: int, two: int, _: int) -> str | None:
    stages = [s for s in world.pipeline.stages.values() if s.writes]
    stage = stages[one % len(stages)] if stages else None
    tip = world.server.tips.get(world.branch(stage)) if stage else None
    if stage is None or tip is None or any(o.key for o in stage.outputs):
        return None
    file = "/".join(part for part in (stage.outputs[0].path, "hot.txt") if part)
    sha = world.server.commit(world.branch(stage), {file: f"{two}".encode()}, "A hotfix by hand")
    return f"bob edits {file} by hand in {sha[:7]}"


def _edit(world: World, one: int, two: int, _: int) -> str:
    words, document = edited(world.document, one, two)
    document = kept(world.document, document, one)
    files = {k: v for k, v in keyed(document).items() if not world.server.at(_tip(world), k)}
    world.document = document
    world.server.commit("main", {**files, "stagelock.yaml": text(document)}, words)
    return f"carol {words}"


def _relock(world: World, one: int, two: int, _: int) -> str | None:
    """Other groups for a stage that is queued, or holds what it has."""
    live = {r.stage for r in world.records().requests if r.ended_at is None}
    names = [name for name in world.document["stages"] if name in live]
    if not names:
        return None
    before = world.document
    world.document = copy.deepcopy(before)
    name = names[one % len(names)]
    words = relocked(world.document["stages"][name], name, two)
    kept(before, world.document, one)
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, words)
    return f"carol {words}"


def _tip(world: World) -> Sha:
    return world.server.tips["main"]


def _broken(world: World, one: int, two: int, _: int) -> str:
    if one % 3:
        document = copy.deepcopy(world.document)
        next(iter(document["stages"].values()))["needs"] = ["nobody"]
        world.server.commit("main", {"stagelock.yaml": text(document)}, "A mistake")
        return "carol breaks stagelock.yaml"
    world.server.commit("main", {"stagelock.yaml": text(world.document)}, "Repair")
    return "carol repairs stagelock.yaml"


def _conclude(world: World, one: int, two: int, _: int) -> str | None:
    runs = world.forge.unfinished()
    if not runs:
        return None
    run, conclusion = runs[one % len(runs)], CONCLUSIONS[two % len(CONCLUSIONS)]
    world.forge.conclude(run, conclusion)
    if run.name == NEEDED and two % 2:
        world.forge.conclude(run, ("failure", "cancelled")[one % 5 == 0])
        skip_what_needs(world, run)
        return f"CI: unit on {run.sha[:7]} is {run.conclusion}, what needs it is skipped"
    return f"CI: {run.name} on {run.sha[:7]} is {conclusion}"


def _start(world: World, one: int, two: int, _: int) -> str | None:
    places = _places(world)
    if not places:
        return None
    stage, sha = places[-1 - one % len(places)]
    names = world.checks_for(stage) or ["lint"]
    name = names[two % len(names)]
    if world.forge.stands(sha, name):
        return None
    world.forge.start(sha, name)
    return f"CI begins {name} on {sha[:7]}, late"


def _places(world: World) -> list:
    """Where checks of stages are looked for: what landed there, and the branch's tip."""
    found = []
    stages = world.pipeline.stages
    for promotion in world.records().promotions:
        stage = stages.get(promotion.stage)
        if stage is not None and promotion.landed is not None and stage.verify:
            tip = world.server.tips.get(world.branch(stage))
            found += [(stage, tip)] if tip else []
            found.append((stage, promotion.landed))
    return found


def _again(world: World, one: int, two: int, _: int, conclusion: str = "") -> str | None:
    """A person re-runs a concluded check, and it ends at once."""
    runs = [r for r in world.forge.runs.values() if r.app_id != OWN_APP and r.conclusion]
    if not runs:
        return None
    old = runs[-1 - one % len(runs)]
    if world.forge.goes_on_of(old) or world.forge.stands(old.sha, old.name):
        return None  # GitHub runs no workflow again that still runs
    run = world.forge.start(old.sha, old.name, old.suite)
    world.forge.conclude(run, conclusion or CONCLUSIONS[two % len(CONCLUSIONS)])
    return f"CI: a re-run of {run.name} on {run.sha[:7]} is {run.conclusion}"


def _visit(world: World, one: int, two: int, _: int) -> str | None:
    """A person runs the check of a locked stage again, and it goes on: a visitor."""
    stages = world.pipeline.stages
    rows = [
        (promotion.landed, name)
        for promotion in world.records().promotions
        if promotion.stage in stages and stages[promotion.stage].locks and promotion.landed and promotion.ended
        for name in world.checks_for(stages[promotion.stage])
    ]  # fmt: skip
    if not rows:
        return None
    sha, name = rows[-1 - one % len(rows)]
    if world.forge.stands(sha, name):
        return None
    run = world.forge.start(sha, name)
    return f"bob runs {run.name} again on {run.sha[:7]}, and it goes on"


def _fail_again(world: World, one: int, two: int, delivery: int) -> str | None:
    return _again(world, one, two, delivery, "failure")


def _rerun_failed(world: World, one: int, two: int, _: int) -> str | None:
    """A person presses "Re-run failed jobs"; they run for a while, or end at once."""
    failed = [
        r for r in world.forge.runs.values()
        if r.app_id != OWN_APP and r.suite and r.conclusion in ("failure", "cancelled", "timed_out")
    ]  # fmt: skip
    again = rerun_failed(world, failed[-1 - one % len(failed)]) if failed else []
    if not again:
        return None
    for run in again if two % 3 == 0 else ():
        world.forge.conclude(run, CONCLUSIONS[(two + run.id) % len(CONCLUSIONS)])
    names = ", ".join(run.name for run in again)
    return f"alice re-runs the failed jobs on {again[0].sha[:7]}: {names}"


def _foxtrot(world: World, one: int, two: int, _: int) -> str | None:
    """Somebody commits on an older main, merges main into that, and pushes."""
    server, line = world.server, world.server.line(world.server.tips["main"])
    fork = line[min(1 + one % 4, len(line) - 1)]
    folder = next(iter(FOLDERS.values()))
    mine = server.made(fork, {f"{folder}/fox": f"{one} {two}".encode()})
    tree = server.merged_tree(mine, line[0])
    if tree is None:
        return None
    server.people.add(mine)
    sha = server.push("main", server.written(tree, (mine, line[0]), "Merge branch main"))
    return f"bob merges main into his own commit {mine[:7]} and pushes {sha[:7]}"


def _revoke(world: World, one: int, two: int, _: int) -> str | None:
    """What a stage that queues for a lock stands on fails when it is run again."""
    stages = world.pipeline.stages
    queued = [r for r in world.records().requests if r.state == "queued" and r.stage in stages]
    if not queued:
        return None
    request = queued[one % len(queued)]
    above = stages[request.stage].upstreams
    rows = [
        p for p in world.records().promotions
        if p.stage in above and p.freight == request.freight and p.landed and p.state == "verified"
    ]  # fmt: skip
    names = world.checks_for(stages[rows[-1].stage]) if rows else []
    if not names or world.forge.stands(rows[-1].landed, names[0]):
        return None
    run = world.forge.start(rows[-1].landed, names[0])
    world.forge.conclude(run, "failure")
    return f"CI: a re-run of {run.name} on {run.sha[:7]} is failure: {request.stage} stands on it"


def swept(world: World) -> None:
    """The installation's repositories are listed: ours is there, whatever GitHub said before."""
    Register(world.store).unavailable(1, 1, "")
    world.watched.repos.reread()


def _sweep(world: World, one: int, two: int, _: int) -> str:
    swept(world)
    jobs_found(world)
    return "the sweep looks"


def _wait(world: World, one: int, two: int, _: int) -> str:
    minutes = (0.5, 2, 10, 25, 70, 180)[two % 6]
    world.tell(f"{minutes} minutes pass")
    world.passes(minutes)
    return "time has passed"


def _refuse(world: World, one: int, two: int, _: int) -> str:
    branches = sorted({world.branch(s) for s in world.pipeline.stages.values() if s.writes})
    branch = branches[one % len(branches)] if branches else "main"
    world.server.refused.add(branch)
    return f"dave protects {branch} from the App"


def _allow(world: World, one: int, two: int, _: int) -> str | None:
    if not world.server.refused:
        return None
    world.server.refused.clear()
    return "dave lifts the protection"


ACTS = {
    "push": _push, "ignored": _ignored, "mixed": _mixed, "move": _move, "merge": _merge,
    "force": _force, "force-stage": _force_stage, "machine": _machine, "hand": _hand, "edit": _edit, "relock": _relock, "broken": _broken,
    "ci": _conclude,
    "start": _start, "again": _again, "fail-again": _fail_again, "revoke": _revoke,
    "rerun-failed": _rerun_failed, "visit": _visit, "foxtrot": _foxtrot,
    **REVIEWING, "sweep": _sweep, "wait": _wait,
    "refuse": _refuse, "allow": _allow,
    **SAID, **TAKING_BACK, **GOING_BACK, **LEAVES, **LOCKING, **STARTING,
    **GUARDING,
    **SERVING,
    **SHARING,
    **LIVING,
    **HURRYING,
    **WEIGHING,
    **WORKING,
}  # fmt: skip
