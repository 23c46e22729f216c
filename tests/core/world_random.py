"""Random pipelines and random people: what happens to a repository, as values to shrink."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import strategies as st

from app.core.model.names import StageName
from tests.core.world import World, a_pipeline

GROUPS = ["one", "two"]
FOLDERS = ["apps/a", "apps/b"]
CONCLUSIONS = ["success", "success", "success", "failure", "cancelled", "skipped", None]


@st.composite
def pipelines(draw) -> str:
    """A pipeline of one or two warehouses and up to five stages, in both layouts."""
    count = draw(st.integers(1, 2))
    warehouses = {f"w{n}": {"paths": [FOLDERS[n]]} for n in range(count)}
    if draw(st.booleans()):
        warehouses["w0"]["checks"] = ["build"]
    if draw(st.booleans()):
        del warehouses["w0"]["paths"]  # it watches all that no stage writes
    stages: dict[str, dict] = {}
    for n in range(draw(st.integers(1, 5))):
        stages[f"s{n}"] = draw(_stage(n, warehouses, stages))
    locks = {group: {"permits": draw(st.integers(1, 2))} for group in GROUPS}
    document = {"version": 1, "warehouses": warehouses, "stages": stages, "locks": locks}
    return json.dumps(document)


@st.composite
def _stage(draw, n: int, warehouses: dict[str, dict], before: dict[str, dict]) -> dict:
    carried = draw(st.sampled_from(sorted(warehouses)))
    above = [name for name, other in before.items() if other["freight"] == carried]
    made: dict = {"freight": carried}
    needs = draw(st.lists(st.sampled_from(above), unique=True, max_size=2)) if above else []
    if needs:
        made[draw(st.sampled_from(["needs", "needs-any"]))] = needs
    made.update(draw(_gates()))
    layout = draw(st.sampled_from(["path", "path", "path", "branch", "none"]))
    if layout == "none":
        return made
    made["path" if layout == "path" else "branch"] = f"{layout}/s{n}"
    made.update(draw(_writing(n)))
    writes = [name for name in needs if "path" in before[name] or "branch" in before[name]]
    underived = not needs and layout == "path" and "paths" not in warehouses[carried]
    if len(needs) > 1 or (needs and not writes) or underived:
        copy = {"from": FOLDERS[int(carried[1])], "to": "."}
        made["steps"] = [{"uses": "copy", "with": copy}]
    return made


def _gates():
    return st.fixed_dictionaries(
        {},
        optional={
            "auto": st.just(False),
            "soak": st.sampled_from(["30m", "2h"]),
        },
    )


@st.composite
def _writing(draw, n: int) -> dict:
    optional = {
        "verify": st.sampled_from([[f"t{n}"], ["t*"], ["shared"]]).map(lambda c: {"checks": c}),
        "at-most-every": st.just("1h"),
        "queue": st.just("all"),
        "lock": st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True),
        "timeout-minutes": st.sampled_from([20, 90]),
    }
    made: dict = draw(st.fixed_dictionaries({}, optional=optional))
    if draw(st.integers(0, 3)) == 0:
        made["via"] = "pull-request"
        made["merge"] = draw(st.sampled_from(["people", "auto"]))
    return made


PICK = st.integers(0, 20)
EVENTS = st.one_of(
    st.tuples(st.just("push"), PICK, PICK),
    st.tuples(st.just("push"), PICK, PICK),
    st.tuples(st.just("mixed"), PICK, PICK),
    st.tuples(st.just("revert"), PICK, PICK),
    st.tuples(st.just("hand"), PICK, PICK),
    st.tuples(st.just("check"), PICK, PICK),
    st.tuples(st.just("check"), PICK, PICK),
    st.tuples(st.just("check"), PICK, PICK),
    st.tuples(st.just("end"), PICK, PICK),
    st.tuples(st.just("wait"), PICK, PICK),
    st.tuples(st.just("wait"), PICK, PICK),
    st.tuples(st.just("promote"), PICK, PICK),
    st.tuples(st.just("retry"), PICK, PICK),
    st.tuples(st.just("merge"), PICK, PICK),
    st.tuples(st.just("close"), PICK, PICK),
    st.tuples(st.just("review"), PICK, PICK),
    st.tuples(st.just("force"), PICK, PICK),
)
HISTORIES = st.lists(EVENTS, min_size=4, max_size=25)


def begin(text: str) -> World:
    world = a_pipeline(text)
    world.push({f"{folder}/x": "0" for folder in FOLDERS})
    return world


def happen(world: World, event: tuple[str, int, int]) -> None:
    """One thing that somebody does; impossible ones are nothing."""
    kind, one, two = event
    stages = list(world.pipeline.stages)
    stage = stages[one % len(stages)]
    match kind:
        case "push":
            world.push({f"{FOLDERS[one % 2]}/x": str(two % 4)})
        case "mixed":
            paths = [s.path for s in world.pipeline.stages.values() if s.path]
            extra = {f"{paths[two % len(paths)]}/x": str(two % 3)} if paths else {}
            world.push({f"{FOLDERS[one % 2]}/x": str(two), **extra})
        case "revert":
            _revert(world, one)
        case "hand":
            _hand(world, world.pipeline.stages[stage], two)
        case "check":
            _check(world, one, two)
        case "end":
            _end(world, one, two)
        case "wait":
            world.now += timedelta(minutes=[1, 10, 30, 60, 180][two % 5])
        case "promote" | "retry":
            _say(world, kind, stage, two)
        case "merge" | "close" | "review":
            _pull(world, kind, one, two)
        case "force":
            line = world.git.line(world.git.heads["main"])
            world.reset("main", line[min(one % 4, len(line) - 1)])
        case _:
            raise AssertionError(f"nobody does this: {kind}")


def _hand(world: World, stage, pick: int) -> None:
    """A person edits, adds or removes a file of a stage's outputs."""
    branch = stage.branch or "main"
    if stage.writes and branch in world.git.heads:
        name = ["x", "x", "hot"][pick % 3]
        path = f"{stage.path}/{name}" if stage.path else name
        there = path in world.git.tip_files(branch)
        world.push({path: None if there and not pick % 5 else f"by hand {pick}"}, branch)


def _revert(world: World, pick: int) -> None:
    """A person undoes, by hand, what one of our promotions wrote."""
    ours = [s for s in world.git.line(world.git.heads["main"]) if world.git.nodes[s].promotion]
    if ours:
        sha = ours[pick % len(ours)]
        old = world.git.files(world.git.nodes[sha].parents[0])
        world.push({path: old.get(path) for path in world.git.changed(sha)})


def places(world: World) -> list:
    """Commits on which CI may run: the branches' tips and what landed."""
    landed = [row.landed for row in world.rows.values() if row.landed]
    return sorted({*world.git.heads.values(), *landed}, key=list(world.git.nodes).index)


def awaited(world: World) -> list[tuple[str, str]]:
    """What a CI service would run: the checks that landed promotions wait for, newest last."""
    return [
        (row.landed, rule.pattern)
        for row in world.rows.values()
        if row.landed and row.stage in world.pipeline.stages
        for rule in world.pipeline.stages[row.stage].verify
        if not rule.is_glob
    ]


def _check(world: World, one: int, two: int) -> None:
    """Mostly what is awaited somewhere, and mostly good news; now and then anything anywhere."""
    due = awaited(world)
    if due and one % 4:
        sha, name = due[-1 - one % len(due)]
        world.check(sha, name, "success" if two % 3 else CONCLUSIONS[two % len(CONCLUSIONS)])
        return
    known = places(world)
    names = ["build", "shared", *(f"t{n}" for n in range(len(world.pipeline.stages)))]
    at = known[-1 - one % len(known)]
    world.check(at, names[two % len(names)], CONCLUSIONS[(one + two) % len(CONCLUSIONS)])


def _end(world: World, one: int, two: int) -> None:
    open_runs = [(s, r) for s, runs in world.runs.items() for r in runs if not r.conclusion]
    if open_runs:
        sha, run = open_runs[one % len(open_runs)]
        world.conclude(sha, run.name, CONCLUSIONS[two % 6] or "success")


def _say(world: World, verb, stage: str, pick: int) -> None:
    carried = world.pipeline.stages[StageName(stage)].freight
    rows = [f.id.sha for f in world.freights if f.id.warehouse == carried]
    if verb == "retry":
        rows = [row.freight.sha for row in world.of(stage)]
    named = rows[pick % len(rows)] if rows else None
    if verb == "promote" or named is not None:
        world.command(verb, stage, named if verb == "retry" or pick % 2 else None)


def _pull(world: World, kind: str, one: int, two: int) -> None:
    stages = [
        p.head_ref.removeprefix("stagelock/") for p in world.pulls.values() if p.state == "open"
    ]
    if not stages:
        return
    stage = stages[one % len(stages)]
    if kind == "merge":
        world.merge(stage, ["merge", "squash", "rebase"][two % 3])
    elif kind == "close":
        world.close(stage)
    else:
        world.review(stage, ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"][two % 3])
