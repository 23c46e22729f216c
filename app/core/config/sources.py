"""What `from-stage` may take: only what the promotion of an upstream writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config.context import Context, Draft
from app.core.config.report import did_you_mean, shown
from app.core.config.values import Placed
from app.core.model.names import StageName
from app.core.model.pipeline import Mark, Stage
from app.core.model.steps import Output
from app.core.paths.canonical import join, relative, within


@dataclass(frozen=True, slots=True)
class Source:
    """*path* on the upstream's branch; *excepts*, relative to it, were not written there."""

    path: str
    excepts: tuple[str, ...]


def from_upstream(
    context: Context,
    draft: Draft,
    finished: Mapping[StageName, Stage | None],
    name: Placed,
    wanted: str | None,
    mark: Mark,
) -> Source | None:
    """
    Find *wanted*, a path inside the stage *name*, among what that stage writes.

    None: its only output. Where it is not written there, that is told at *mark*.
    """
    if name.value not in draft.stage.upstreams:
        _tell_no_upstream(context, draft, name)
        return None
    upstream = finished.get(StageName(name.value))
    if upstream is None:
        return None
    if not upstream.writes:
        message = f"stage `{name.value}` has no `path` and no `branch`: nothing is written there"
        context.report.add(name.mark, "bad-source", message)
        return None
    paths = [output for output in upstream.outputs if output.key is None]
    if wanted is None:
        return _only_output(context, upstream, paths, mark)
    place = join(upstream.path or "", wanted)
    for output in paths:
        if within(place, output.path) and not any(within(place, e) for e in output.excepts):
            return Source(place, _below(place, output.excepts))
    written = ", ".join(f"`{relative(o.path, upstream.path or '') or '.'}`" for o in paths[:5])
    message = f"stage `{name.value}` does not write `{shown(wanted or '.')}` as a whole"
    message += f"; it writes {written}" if written else "; it writes single keys only"
    context.report.add(mark, "bad-source", message)
    return None


def _only_output(
    context: Context, upstream: Stage, paths: list[Output], mark: Mark
) -> Source | None:
    if len(upstream.outputs) == 1 and paths:
        return Source(paths[0].path, _below(paths[0].path, paths[0].excepts))
    message = "`from` may be left out only where the stage has one output, and no single keys; "
    message += f"stage `{upstream.name}` has {len(upstream.outputs)}"
    context.report.add(mark, "bad-source", message, "from:")
    return None


def _below(place: str, excepts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(relative(path, place) for path in excepts if within(path, place))


def _tell_no_upstream(context: Context, draft: Draft, name: Placed) -> None:
    if name.value in context.drafts:
        key = "needs-any" if "needs-any" in draft.fields else "needs"
        message = f"stage `{name.value}` is no upstream of `{draft.name}`: name it in `{key}`"
        context.report.add(name.mark, "bad-source", message)
        return
    meant = context.report.closest(name.value, draft.stage.upstreams)
    message = f"there is no stage `{shown(name.value)}`{did_you_mean(meant)}"
    context.report.add(name.mark, "undefined-name", message, meant)
