"""
The proof that promotions make no freight: no warehouse watches what a stage writes.

Every warehouse ignores what lies below the stages' paths on its branch, so what is left to find
here is a warehouse with nothing else to watch, and a step that copies outputs as if they were
sources (the copy would hold itself, and grow with every promotion).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.core.config.context import Context
from app.core.config.outputs import CONFIG_FILE, Taken, may_overlap
from app.core.model.pipeline import Mark, Stage, Warehouse
from app.core.model.steps import Copy, Output, Step
from app.core.paths.globs import fixed_folder, is_plain


def check_loops(context: Context, stages: Iterable[Stage]) -> None:
    """Tell each warehouse for which nothing is left to watch."""
    by_branch: dict[str | None, list[Stage]] = {}
    for stage in stages:
        if stage.writes:
            by_branch.setdefault(context.branch(stage.branch), []).append(stage)
    for warehouse in context.warehouses.values():
        why = _left_nothing(warehouse, by_branch.get(context.branch(warehouse.branch), []))
        if why:
            message = f"nothing is left for warehouse `{warehouse.name}` to watch: {why}"
            context.report.add(warehouse.mark, "loop", message)


def _left_nothing(warehouse: Warehouse, stages: list[Stage]) -> str | None:
    """Tell why no path can fire *warehouse*, whose branch *stages* write; None: some can."""
    for stage in stages:
        if stage.whole_tree:
            return f"all of its branch `{stage.branch}` is written by stage `{stage.name}`"
    if "**" in warehouse.paths_ignore:
        return "`paths-ignore` holds `**`"
    written = {stage.path: stage for stage in reversed(stages) if stage.path is not None}
    ignored = {
        fixed_folder(path): path for path in reversed(warehouse.paths_ignore) if is_plain(path)
    }
    ignored_alike = frozenset(warehouse.paths_ignore)
    first = ""
    for entry in warehouse.paths:
        around = list(_around(fixed_folder(entry)))
        writer = next((written[folder] for folder in around if folder in written), None)
        rule = next((ignored[folder] for folder in around if folder in ignored), None)
        if writer is not None:
            why = f"`{entry}` is within `{writer.path}`, the path of stage `{writer.name}`"
        elif rule is not None or entry in ignored_alike:
            why = f"`{entry}` is ignored by `{rule or entry}`"
        else:
            return None
        first = first or why
    return first or None


def _around(folder: str) -> Iterator[str]:
    """*folder* and what it lies in, up to the root: looked up, not compared with one by one."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def check_sources(
    context: Context,
    taken: Mapping[str | None, Taken],
    stage: Stage,
    steps: Iterable[tuple[Step, Mark]],
) -> None:
    """Tell each step of *stage* that copies, from the freight, what a stage writes there."""
    warehouse = context.warehouses[stage.freight]
    outputs = taken.get(context.branch(warehouse.branch))
    for step, mark in steps:
        if outputs is None or not isinstance(step, Copy) or step.from_stage is not None:
            continue
        output_at = outputs.find(Output(step.source))
        if output_at and output_at[0].key is None:
            output, writer = output_at
            message = (
                f"`{step.source or '.'}` of the freight overlaps `{output}`, which stage "
                f"`{writer.name}` writes: a copy would carry what was promoted before"
            )
            context.report.add(mark, "loop", message, f"from-stage: {writer.name}")


def check_config_stays(context: Context, stage: Stage) -> None:
    """Tell where *stage* would write the pipeline file itself."""
    default = context.branch(None)
    if stage.branch is not None and stage.branch != default:
        return
    if any(may_overlap(output, Output(CONFIG_FILE)) for output in stage.outputs):
        message = f"stage `{stage.name}` would write `{CONFIG_FILE}` on the default branch"
        context.report.add(stage.mark, "loop", message)
