"""Which changed paths make no freight, by which rule of the file, at which line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.core.model.names import WarehouseName
from app.core.model.pipeline import Pipeline
from app.core.model.previews import Ignored
from app.core.paths.watch_rules import PathRules, line_of


def watching(pipeline: Pipeline, default_branch: str, branch: str) -> tuple[WarehouseName, ...]:
    """The warehouses that watch *branch*."""
    every = pipeline.warehouses.values()
    return tuple(
        warehouse.name for warehouse in every if (warehouse.branch or default_branch) == branch
    )


def ignored(
    pipeline: Pipeline, rules: PathRules, on: tuple[WarehouseName, ...], paths: Iterable[bytes]
) -> Iterator[Ignored]:
    """Those of *paths* that fire none of the warehouses *on* that branch, where a rule says so."""
    for path in paths:
        answers = [(name, rules.explain(name, path)) for name in on]
        if any(answer.fires for _, answer in answers):
            continue
        named = ((name, answer.rule) for name, answer in answers if answer.rule is not None)
        if (deciding := next(named, None)) is not None:
            name, rule = deciding
            shown = path.decode("utf-8", "backslashreplace")
            yield Ignored(shown, rule, line_of(pipeline, name, rule))
