"""
Which changed paths fire which warehouses: all entries of a pipeline in one compiled RE2 set.

A path is looked up once, whatever the number of warehouses and entries, in time linear in its
length. Paths are bytes as Git has them: any byte but NUL, UTF-8 or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.globs import expression, is_plain
from app.core.model import Pipeline, Stage, Warehouse
from app.core.names import WarehouseName

# RE2's default is 8 MiB for everything; a set that runs out of it would match nothing, silently.
SET_MEMORY = 64 << 20
# Matches the path that no repository can hold.
_PROBE = "^\\x00\\z"
_TOO_LARGE = "the path entries are too large together"
# Bytes that are no UTF-8 come out of "surrogateescape" as U+DC80 to U+DCFF, which RE2 cannot see.
# Private characters stand in for them, so that `?` and `*` take each as one character.
_STAND_INS = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}


@dataclass(frozen=True, slots=True)
class Firing:
    """
    Whether a change of one path makes freight, and the entry that decided.

    *rule* is `paths: ENTRY`, `paths-ignore: ENTRY`, `outputs of stage NAME`, or None where no entry
    of the warehouse matched (it fires then if the warehouse has no `paths`).
    """

    fires: bool
    rule: str | None


@dataclass(frozen=True, slots=True)
class _Rules:
    """One warehouse's entries, as places in the set, in the order in which they decide."""

    name: WarehouseName
    outputs: tuple[tuple[int, str], ...]
    ignored: tuple[tuple[int, str], ...]
    watched: tuple[tuple[int, str], ...]

    def decide(self, matched: frozenset[int]) -> Firing:
        for kind, entries in (
            ("outputs of stage ", self.outputs),
            ("paths-ignore: ", self.ignored),
        ):
            for place, entry in entries:
                if place in matched:
                    return Firing(fires=False, rule=kind + entry)
        for place, entry in self.watched:
            if place in matched:
                return Firing(fires=True, rule=f"paths: {entry}")
        return Firing(fires=not self.watched, rule=None)


class _Set(Protocol):
    """What is used of `re2.Set`, which has no types of its own."""

    def Add(self, pattern: bytes, /) -> int: ...  # noqa: N802
    def Compile(self) -> object: ...  # noqa: N802
    def Match(self, text: bytes, /) -> list[int] | None: ...  # noqa: N802


class PathRules:
    """The path rules of a pipeline; build it with `compile_rules`, once for each pipeline."""

    def __init__(self, rules: Sequence[_Rules], patterns: Iterable[str]) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._set = _compiled(patterns)
        self._known: dict[tuple[int, ...], frozenset[WarehouseName]] = {}

    def watched(self, path: bytes) -> frozenset[WarehouseName]:
        """Name the warehouses that a change of *path* fires."""
        matched = tuple(self._set.Match(path if path.isascii() else _visible(path)) or ())
        found = self._known.get(matched)
        if found is None:
            found = self._known[matched] = self._decide(frozenset(matched))
        return found

    def is_watched(self, warehouse: WarehouseName, path: bytes) -> bool:
        """Tell whether a change of *path* fires *warehouse*; ``KeyError``: no such warehouse."""
        return self._rules[warehouse].name in self.watched(path)

    def explain(self, warehouse: WarehouseName, path: bytes) -> Firing:
        """Tell whether a change of *path* fires *warehouse* and why; ``KeyError``: no such."""
        return self._rules[warehouse].decide(frozenset(self._set.Match(_visible(path)) or ()))

    def _decide(self, matched: frozenset[int]) -> frozenset[WarehouseName]:
        return frozenset(name for name, rule in self._rules.items() if rule.decide(matched).fires)


def compile_rules(pipeline: Pipeline, default_branch: str | None) -> PathRules:
    """
    Compile the entries of all warehouses, and what they never watch: the stages' paths.

    *default_branch* is what a left-out `branch` means; None where it is not known. ``ValueError``
    where all entries together are too large to compile.
    """
    patterns: dict[str, int] = {}

    def placed(entries: Iterable[str]) -> tuple[tuple[int, str], ...]:
        return tuple((patterns.setdefault(expression(e), len(patterns)), e) for e in entries)

    rules = []
    for warehouse in pipeline.warehouses.values():
        stages = [s for s in pipeline.stages.values() if _writes_on(s, warehouse, default_branch)]
        # A whole-tree stage is its branch: nothing on it is anybody's source.
        folders = placed(stage.path if stage.path is not None else "**" for stage in stages)
        outputs = tuple((p, s.name) for (p, _), s in zip(folders, stages, strict=True))
        ignored = placed(warehouse.paths_ignore)
        rules.append(_Rules(warehouse.name, outputs, ignored, placed(warehouse.paths)))
    return PathRules(rules, patterns)


def _writes_on(stage: Stage, warehouse: Warehouse, default_branch: str | None) -> bool:
    same = (stage.branch or default_branch) == (warehouse.branch or default_branch)
    return stage.writes and same


def is_one_folder(entries: Sequence[str]) -> bool:
    """Tell whether *entries* is a single file or folder, without wildcards."""
    return len(entries) == 1 and is_plain(entries[0])


def _compiled(patterns: Iterable[str]) -> _Set:
    import re2  # noqa: PLC0415  (6 ms that commands without a pipeline need not pay)

    options = re2.Options()
    options.max_mem = SET_MEMORY
    options.log_errors = False
    # Anchored at the start: plain entries and globs stop being looked for at the first difference.
    made: _Set = re2.Set.MatchSet(options)
    try:
        for pattern in patterns:
            made.Add(pattern.encode())
        probe = made.Add(_PROBE.encode())
        made.Compile()
    except re2.error as error:
        raise ValueError(_TOO_LARGE) from error
    # RE2 answers "nothing matched" when memory is short, so ask for a match that must be there.
    if probe not in (made.Match(b"\0") or ()):
        raise ValueError(_TOO_LARGE)
    return made


def _visible(path: bytes) -> bytes:
    try:
        path.decode()
    except UnicodeDecodeError:
        return path.decode(errors="surrogateescape").translate(_STAND_INS).encode()
    return path
