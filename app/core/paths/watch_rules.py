"""
Which changed paths fire which warehouses: all entries of a pipeline in one compiled RE2 set.

A path is looked up once, whatever the number of warehouses and entries, in time linear in its
length. Paths are bytes as Git has them: any byte but NUL, UTF-8 or not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage, Warehouse
from app.core.paths.globs import is_plain
from app.core.paths.pattern_set import PathSet

OUTPUTS = "outputs of stage "
"""How the rule begins that a stage's path is never watched."""


@dataclass(frozen=True, slots=True)
class Firing:
    """Whether a change of one path makes freight."""

    fires: bool
    rule: str | None
    """
    The entry that decided: `paths: ENTRY`, `paths-ignore: ENTRY`, `outputs of stage NAME`; None: no
    entry of the warehouse matched (it fires then if the warehouse has no `paths`).
    """


@dataclass(frozen=True, slots=True)
class _Rules:
    """One warehouse's entries, as places in the set, in the order in which they decide."""

    name: WarehouseName
    outputs: tuple[tuple[int, str], ...]
    ignored: tuple[tuple[int, str], ...]
    watched: tuple[tuple[int, str], ...]

    def decide(self, matched: frozenset[int]) -> Firing:
        for kind, entries in (
            (OUTPUTS, self.outputs),
            ("paths-ignore: ", self.ignored),
        ):
            for place, entry in entries:
                if place in matched:
                    return Firing(fires=False, rule=kind + entry)
        for place, entry in self.watched:
            if place in matched:
                return Firing(fires=True, rule=f"paths: {entry}")
        return Firing(fires=not self.watched, rule=None)


class PathRules:
    """The path rules of a pipeline; build it with `compile_rules`, once for each pipeline."""

    def __init__(self, rules: Sequence[_Rules], entries: Sequence[str]) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._set = PathSet(entries, self._decide)
        # Not a method around it: a call costs as much as the look-up, and histories are long.
        self.watched: Callable[[bytes], frozenset[WarehouseName]] = self._set.answer
        """Name the warehouses that a change of a path fires."""

    def is_watched(self, warehouse: WarehouseName, path: bytes) -> bool:
        """Tell whether a change of *path* fires *warehouse*; ``KeyError``: no such warehouse."""
        return self._rules[warehouse].name in self.watched(path)

    def explain(self, warehouse: WarehouseName, path: bytes) -> Firing:
        """Tell whether a change of *path* fires *warehouse* and why; ``KeyError``: no such."""
        return self._rules[warehouse].decide(self._set.match(path))

    def _decide(self, matched: frozenset[int]) -> frozenset[WarehouseName]:
        return frozenset(name for name, rule in self._rules.items() if rule.decide(matched).fires)


def compile_rules(pipeline: Pipeline, default_branch: str | None) -> PathRules:
    """
    Compile the entries of all warehouses, and what they never watch: the stages' paths.

    *default_branch* is what a left-out `branch` means; None where it is not known. ``ValueError``
    where all entries together are too large to compile.
    """
    known: dict[str, int] = {}

    def placed(entries: Iterable[str]) -> tuple[tuple[int, str], ...]:
        return tuple((known.setdefault(e, len(known)), e) for e in entries)

    rules = []
    for warehouse in pipeline.warehouses.values():
        stages = [s for s in pipeline.stages.values() if _writes_on(s, warehouse, default_branch)]
        # A whole-tree stage is its branch: nothing on it is anybody's source.
        folders = placed(stage.path if stage.path is not None else "**" for stage in stages)
        outputs = tuple((p, s.name) for (p, _), s in zip(folders, stages, strict=True))
        ignored = placed(warehouse.paths_ignore)
        rules.append(_Rules(warehouse.name, outputs, ignored, placed(warehouse.paths)))
    return PathRules(rules, tuple(known))


def line_of(pipeline: Pipeline, warehouse: WarehouseName, rule: str) -> int:
    """The line of the pipeline file at which a rule of `Firing` stands."""
    stage = pipeline.stages.get(StageName(rule.removeprefix(OUTPUTS)))
    if rule.startswith(OUTPUTS) and stage is not None:
        return stage.mark.line
    known = pipeline.warehouses[warehouse]
    return dict(known.lines).get(rule, known.mark.line)


def digest(pipeline: Pipeline, warehouse: Warehouse, default_branch: str | None) -> str:
    """The same for the same rules on the same branch: what was found under it still counts."""
    stages = [s for s in pipeline.stages.values() if _writes_on(s, warehouse, default_branch)]
    rules = [
        warehouse.branch or default_branch,
        warehouse.paths,
        warehouse.paths_ignore,
        sorted("**" if s.path is None else s.path for s in stages),
    ]
    return sha256(json.dumps(rules).encode()).hexdigest()


def _writes_on(stage: Stage, warehouse: Warehouse, default_branch: str | None) -> bool:
    same = (stage.branch or default_branch) == (warehouse.branch or default_branch)
    return stage.writes and same


def is_one_folder(entries: Sequence[str]) -> bool:
    """Tell whether *entries* is a single file or folder, without wildcards."""
    return len(entries) == 1 and is_plain(entries[0])
