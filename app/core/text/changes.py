"""What another version of `stagelock.yaml` changes: stages, locks, warehouses, and their gates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

from app.core.model.lock_services import ServiceUse
from app.core.model.people import Approve, People
from app.core.model.pipeline import CheckRule, LockGroup, Pipeline, Stage, Warehouse, Weight
from app.core.model.windows import Dated, Weekly, Windows
from app.core.text import markup

_Part = Stage | LockGroup | Warehouse
_KEYS = {
    "needs_any": "needs-any",
    "paths_ignore": "paths-ignore",
    "merge_within": "merge-within",
    "timeout": "timeout-minutes",
    "locks": "lock",
    "at_most_every": "at-most-every",
    "on_drift": "on-drift",
    "allow_links": "allow-links",
    "include_github": "include-github",
    "max_hold": "max-hold",
    "max_wait": "max-wait",
    "weights": "permits of a lock",
    "names": "names of the permits",
}
"""The file's own word for a field, where it is another."""
_SILENT = frozenset({"name", "mark", "outputs", "lines"})
"""Not said by themselves: outputs follow from path and steps."""


@dataclass(frozen=True, slots=True)
class Change:
    """One stage, lock or warehouse that is added, removed or changed."""

    kind: str
    """`stage`, `lock` or `warehouse`."""
    name: str
    verb: str
    """`adds`, `removes` or `changes`."""
    what: str
    """Markdown; "": nothing more is to be said."""


def changes(before: Pipeline | None, after: Pipeline) -> tuple[Change, ...]:
    """Everything that *after* says otherwise than *before*, in the file's order; () nothing."""
    old = before or Pipeline({}, {})
    return (
        *_of("stage", old.stages.values(), after.stages.values()),
        *_of("lock", old.locks.values(), after.locks.values()),
        *_of("warehouse", old.warehouses.values(), after.warehouses.values()),
    )


def title(differences: Sequence[Change]) -> str:
    """``adds stage qa; changes stage prod, lock e2e-env``; "" where nothing changes."""
    parts = []
    for verb in ("adds", "removes", "changes"):
        names = [f"{change.kind} {change.name}" for change in differences if change.verb == verb]
        if names:
            parts.append(f"{verb} {', '.join(names)}")
    text = "; ".join(parts)
    if len(text) <= markup.TITLE_LIMIT - len("valid: "):
        return text
    counts = ((v, sum(c.verb == v for c in differences)) for v in ("adds", "removes", "changes"))
    return "; ".join(f"{verb} {count}" for verb, count in counts if count)


def listed(differences: Sequence[Change]) -> str:
    """A line each."""
    said = {"adds": "is added", "removes": "is removed", "changes": "changes"}
    return "\n".join(
        f"- {change.kind.capitalize()} {markup.code(change.name)} {said[change.verb]}"
        + (f": {change.what}" if change.what else "")
        for change in differences
    )


def _of(kind: str, before: Iterable[_Part], after: Iterable[_Part]) -> Iterator[Change]:
    old: dict[str, _Part] = {part.name: part for part in before}
    new: dict[str, _Part] = {part.name: part for part in after}
    for name, part in new.items():
        if name not in old:
            yield Change(kind, name, "adds", _all(part))
        elif what := _differs(old[name], part):
            yield Change(kind, name, "changes", what)
    for name in old:
        if name not in new:
            yield Change(kind, name, "removes", "")


def _all(part: _Part) -> str:
    """What is set otherwise than by default."""
    return "; ".join(
        f"{key} {_shown(new)}" for key, old, new in _fields(_plain(part), part) if old != new
    )


def _plain(part: _Part) -> _Part:
    match part:
        case Stage():
            return Stage(part.name, part.freight)
        case LockGroup():
            return LockGroup(part.name)
        case Warehouse():
            return Warehouse(part.name)


def _differs(old: _Part, new: _Part) -> str:
    return "; ".join(
        f"{key} {_shown(before)} → {_shown(after)}" if key != "`steps`" else f"{key} differ"
        for key, before, after in _fields(old, new)
        if before != after
    )


def _fields(old: _Part, new: _Part) -> Iterator[tuple[str, object, object]]:
    for field in fields(new):
        if field.name not in _SILENT:
            key = markup.code(_KEYS.get(field.name, field.name))
            yield key, getattr(old, field.name), getattr(new, field.name)


def _lists(*lists: tuple[str, Sequence[object]]) -> str:
    return "; ".join(f"{key} {_shown(entries)}" for key, entries in lists if entries) or "none"


def _shown(value: object) -> str:
    match value:
        case None | () | "":
            return "none"
        case bool():
            return markup.code(str(value).lower())
        case ServiceUse():
            return markup.code(str(value))
        case timedelta():
            return markup.span(value) if value else "none"
        case People(teams, users):
            return _lists(("teams", teams), ("users", users))
        case Approve(people, count, allow_author):
            by = f" by {_shown(people)}" if people.named else ""
            return f"{count}{by}{', its author may' * allow_author}"
        case Windows(allow, deny):
            return _lists(("allow", allow), ("deny", deny))
        case tuple() if all(
            isinstance(entry, str | CheckRule | Weekly | Dated | Weight) for entry in value
        ):
            return markup.listed(markup.code(str(entry)) for entry in value)
        case tuple():
            return "1 step" if len(value) == 1 else f"{len(value)} steps"
        case _:
            return markup.code(str(value))
