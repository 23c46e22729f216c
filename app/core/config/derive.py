"""The steps of a stage that lists none: they follow from its layout and its upstream."""

from __future__ import annotations

from app.core.config.context import Context, Draft
from app.core.config.outputs import outputs_of
from app.core.config.steps.kind import GITHUB
from app.core.model.pipeline import Stage, Warehouse
from app.core.model.steps import Copy, CopyKey, Output, Step, TakeTree
from app.core.paths.canonical import join, relative, within
from app.core.paths.watch_rules import is_one_folder


def derived_steps(
    context: Context, draft: Draft, upstream: Stage | None
) -> tuple[Step, ...] | None:
    """
    Derive the steps of *draft*, whose only upstream is *upstream* if it has any.

    None (and told at the stage) where nothing follows.
    """
    stage = draft.stage
    if not stage.writes:
        return ()
    why = None
    steps: tuple[Step, ...] = ()
    if len(stage.upstreams) > 1:
        why = "it takes freight from several stages"
    elif upstream is None:
        warehouse = context.warehouses[stage.freight]
        steps = _from_warehouse(stage, warehouse)
        why = None if steps else f"`paths` of warehouse `{warehouse.name}` is not a single folder"
    elif not upstream.writes:
        why = f"nothing is written in stage `{upstream.name}`"
    else:
        steps = _from_stage(stage, upstream)
    if why is None and _touches_github(stage, steps):
        message = f"`{GITHUB}` is only written by a stage with `include-github: true`"
        context.report.add(stage.mark, "combination", message, "include-github: true")
        return None
    if why:
        message = f"stage `{stage.name}` needs `steps`: {why}"
        context.report.add(stage.mark, "needs-steps", message, "steps:")
        return None
    return steps


def _left_alone(stage: Stage, to: str) -> tuple[str, ...]:
    return () if to or stage.include_github else (GITHUB,)


def _from_warehouse(stage: Stage, warehouse: Warehouse) -> tuple[Step, ...]:
    if stage.path is None:
        return (TakeTree(bool(warehouse.paths), _left_alone(stage, "")),)
    if not is_one_folder(warehouse.paths):
        return ()
    return (Copy(warehouse.paths[0].removesuffix("/"), stage.path),)


def _from_stage(stage: Stage, upstream: Stage) -> tuple[Step, ...]:
    if stage.whole_tree and upstream.whole_tree:
        return (Copy("", "", upstream.name, _left_alone(stage, "")),)
    return tuple(_same_place(stage, upstream, output) for output in upstream.outputs)


def _same_place(stage: Stage, upstream: Stage, output: Output) -> Step:
    """Write *output* of *upstream* at the same place below *stage*'s path."""
    to = _moved(stage, upstream, output.path)
    if output.key is not None:
        return CopyKey(upstream.name, output.path, to, output.key)
    excepts = [_moved(stage, upstream, path) for path in output.excepts]
    excepts += _left_alone(stage, to)
    return Copy(output.path, to, upstream.name, tuple(dict.fromkeys(excepts)))


def _moved(stage: Stage, upstream: Stage, path: str) -> str:
    return join(stage.path or "", relative(path, upstream.path or ""))


def _touches_github(stage: Stage, steps: tuple[Step, ...]) -> bool:
    return not stage.include_github and any(within(o.path, GITHUB) for o in outputs_of(steps))
