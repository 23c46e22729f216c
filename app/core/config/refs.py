"""`refs` of a lock group: whose CI jobs may take it."""

from __future__ import annotations

from app.core.config.report import Report, shown
from app.core.config.values import texts
from app.core.config.yamldoc import Node
from app.core.paths.ref_globs import NAMESPACES, ref_glob_error


def read_refs(report: Report, node: Node | None) -> tuple[str, ...]:
    """Read `refs`: globs of the short names of branches and tags; () where it is left out."""
    placeds = texts(report, node, "refs", least=1) if node else ()
    for entry in placeds:
        if why := ref_glob_error(entry.value):
            report.add(
                entry.mark, "bad-pattern", f"`{shown(entry.value)}`: {why}", _better(entry.value)
            )
    return tuple(entry.value for entry in placeds)


def _better(entry: str) -> str | None:
    for start in NAMESPACES:
        short = entry.removeprefix(start)
        if short != entry and ref_glob_error(short) is None:
            return short
    return None
