"""`parse`: the checks in their order, and the pipeline if none of them found anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.core.config.context import Context, Draft
from app.core.config.derive import derived_steps
from app.core.config.fields import Fields
from app.core.config.graph import check_cycles, check_same_freight, in_needs_order, resolve
from app.core.config.loops import check_config_stays, check_loops, check_sources
from app.core.config.outputs import outputs_of, take_all
from app.core.config.report import Report, shown
from app.core.config.stages import read_stages
from app.core.config.steps.kind import Place, StepAt
from app.core.config.steps.reader import read_step
from app.core.config.tables import TOP
from app.core.config.values import integer, wrong_type
from app.core.config.warehouses import read_locks, read_warehouses
from app.core.config.yamldoc import Map, Node, Reported, compose
from app.core.model.names import StageName
from app.core.model.pipeline import Mark, OnDrift, Pipeline, Problem, Stage
from app.core.paths.globs import REGEX
from app.core.paths.watch_rules import compile_rules

VERSION = 1
MOST_OUTPUTS = 10_000
"""
Outputs of all stages, with what they leave alone: stages without steps repeat those of their
upstream, so a file of 64 KiB could have half a million.
"""


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of a version of the file."""

    pipeline: Pipeline | None
    """None exactly where there are *problems*."""
    problems: tuple[Problem, ...] = ()
    """Sorted by place."""
    notes: tuple[Problem, ...] = ()
    """Worth knowing; they make nothing invalid. Sorted by place."""


def parse(
    text: bytes, default_branch: str | None = None, *, expressions: bool = True
) -> ParseResult:
    """
    Read `stagelock.yaml`. Never raises, whatever *text* holds.

    *default_branch* is what a left-out `branch` means. Where it is None, a stage that names that
    branch outright is not seen to be on it. *expressions* False: whether a `regex:` compiles is not
    asked, and re2 not needed; nor whether there is such a time zone.
    """
    report = Report(expressions=expressions)
    root = compose(text, report)
    keys = _top(report, root)
    pipeline = _pipeline(report, keys, default_branch) if keys else None
    if report.problems:
        pipeline = None
    return ParseResult(pipeline, report.problems, report.notes)


def _top(report: Report, root: Node | None) -> Fields | None:
    if isinstance(root, Map):
        return Fields(report, root, "the file", TOP)
    if root is not None:
        wrong_type(report, root, "the file", "a mapping with `version`, `warehouses`, `stages`")
    elif not report.problems:
        message = "the file is empty; it has at least `version`, `warehouses` and `stages`"
        report.add(Mark(1, 1), "missing-key", message, "version: 1")
    return None


def _pipeline(report: Report, keys: Fields, default_branch: str | None) -> Pipeline | None:
    version = keys.get("version")
    if version and not isinstance(version, Reported):
        integer(report, version, "version", VERSION, VERSION)
    for key in ("warehouses", "stages"):
        node = keys.get(key)
        if isinstance(node, Map) and not node.entries:
            report.add(node.mark, "wrong-value", f"`{key}` is empty: it takes at least one")
    warehouses, broken = read_warehouses(report, keys.get("warehouses"))
    context = Context(
        report=report,
        warehouses=warehouses,
        broken=broken,
        locks=read_locks(report, keys.get("locks")),
        drafts=read_stages(report, keys.get("stages")),
        default_branch=default_branch,
    )
    stages = _stages(context)
    if report.problems:
        return None
    pipeline = Pipeline(context.warehouses, stages, context.locks)
    _check_size(report, keys, pipeline)
    return pipeline


def _stages(context: Context) -> dict[StageName, Stage]:
    drafts = {name: resolve(context, draft) for name, draft in context.drafts.items()}
    check_same_freight(context, drafts)
    check_cycles(context, drafts)
    feeding = {upstream for draft in drafts.values() for upstream in draft.stage.upstreams}
    for draft in drafts.values():
        _check_drift(context, draft, feeding)
    finished: dict[StageName, Stage | None] = {}
    marked: dict[StageName, tuple[StepAt, ...]] = {}
    room = MOST_OUTPUTS
    for name in in_needs_order(drafts):
        steps = _steps(context, drafts[name], finished)
        finished[name] = None
        if steps is not None:
            marked[name] = steps
            finished[name] = stage = _finish(drafts[name], steps, feeds=name in feeding)
            room -= sum(1 + len(output.excepts) for output in stage.outputs)
        if room < 0:
            message = f"the stages have more than {MOST_OUTPUTS} outputs together"
            context.report.add(drafts[name].stage.mark, "too-many-outputs", message)
            break
    _note_idle_locks(context, drafts.values())
    stages = {name: stage for name, stage in finished.items() if stage}
    _check_outputs(context, drafts, stages, marked)
    for stage in stages.values():
        _note_workflows(context, drafts[stage.name], stage)
    return stages


def _steps(
    context: Context, draft: Draft, finished: Mapping[StageName, Stage | None]
) -> tuple[StepAt, ...] | None:
    """Read or derive the steps of *draft*; None where something is wrong, here or upstream."""
    if draft.steps is not None:
        place = Place(context, draft, finished)
        read = [read_step(place, node) for node in draft.steps.items]
        sound = draft.sound and draft.stage.writes
        return tuple(s for s in read if s) if sound and None not in read else None
    upstreams = draft.stage.upstreams
    if not draft.sound or any(finished.get(name) is None for name in upstreams):
        return None
    if draft.fields.mistyped or draft.stage.freight in context.broken:
        return None
    steps = derived_steps(context, draft, finished[upstreams[0]] if upstreams else None)
    return None if steps is None else tuple((step, draft.stage.mark) for step in steps)


def _finish(draft: Draft, marked: tuple[StepAt, ...], *, feeds: bool) -> Stage:
    steps = tuple(step for step, _ in marked)
    drift: OnDrift = draft.stage.on_drift
    if "on-drift" not in draft.fields:
        drift = "block" if feeds else "merge"
    return replace(draft.stage, steps=steps, outputs=outputs_of(steps), on_drift=drift)


def _note_idle_locks(context: Context, drafts: Iterable[Draft]) -> None:
    """
    A lock group is for the stages that take it: one that none takes was meant for some, unless jobs
    at environments wait for it. Which those are of an organisation's group is not said here.
    """
    taken = {place.value for draft in drafts for place in draft.locks}
    for name, group in context.locks.items():
        waited_for = group.environments or group.scope == "organization"
        if name not in taken and not waited_for:
            message = (
                f"no stage uses the lock group `{shown(name)}`: add `lock: {shown(name)}` to one"
            )
            context.report.note(group.mark, "idle-lock", message)


def _check_drift(context: Context, draft: Draft, feeding: set[StageName]) -> None:
    """What a stage passes on is what was verified: people's edits would not be."""
    if "on-drift" not in draft.fields or draft.stage.on_drift != "merge":
        return
    if draft.stage.name in feeding:
        message = (
            f"`on-drift: merge` is for stages that no stage takes freight from, and another one "
            f"needs `{draft.stage.name}`: write `block` or `overwrite`"
        )
        context.report.add(
            draft.fields.key_mark("on-drift"), "combination", message, "on-drift: block"
        )


def _check_outputs(
    context: Context,
    drafts: Mapping[StageName, Draft],
    stages: Mapping[StageName, Stage],
    marked: Mapping[StageName, tuple[StepAt, ...]],
) -> None:
    in_file_order = [stages[name] for name in drafts if name in stages]
    taken = take_all(context, in_file_order)
    for stage in in_file_order:
        check_config_stays(context, stage)
        check_sources(context, taken, stage, marked[stage.name])
    # A stage whose steps are wrong still has a place, and that decides what is watched.
    check_loops(context, [draft.stage for draft in context.drafts.values() if draft.sound])


def _check_size(report: Report, keys: Fields, pipeline: Pipeline) -> None:
    """Tell where all expressions together need more memory than we give them."""
    warehouses = pipeline.warehouses.values()
    if not report.expressions or not any(
        e.startswith(REGEX) for w in warehouses for e in (*w.paths, *w.paths_ignore)
    ):
        return
    try:
        compile_rules(pipeline, None)
    except ValueError as error:
        report.add(keys.key_mark("warehouses"), "bad-pattern", str(error))


def _note_workflows(context: Context, draft: Draft, stage: Stage) -> None:
    elsewhere = stage.branch is not None and stage.branch != context.default_branch
    if not elsewhere or stage.include_github or not _by_workflow(stage):
        return
    message = (
        f"GitHub runs the workflows that branch `{stage.branch}` itself holds: the checks awaited "
        "here start only if their workflows are on that branch"
    )
    suggestion = None
    if stage.whole_tree:
        message += ": put them there, or set `include-github: true`"
        suggestion = "include-github: true"
    context.report.note(draft.at("verify"), "workflows-on-branch", message, suggestion)


def _by_workflow(stage: Stage) -> bool:
    rules = (rule.app in (None, "github-actions") for rule in stage.verify)
    return stage.workflow is not None or any(rules)
