"""What warehouses see of their branches' lines, for one plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.model import Pipeline, Warehouse
from app.core.names import Sha, WarehouseName
from app.core.paths import PathRules, digest
from app.core.questions import FiringQuestion
from app.core.records import Records
from app.core.snapshot import BEGINNING, Line
from app.engine.courses import LineReader
from app.engine.lines import promoted


@dataclass(frozen=True, slots=True)
class Warehouses:
    """The lines of *pipeline*'s warehouses, as *reader* brings them up to date."""

    reader: LineReader
    pipeline: Pipeline
    records: Records
    default_branch: str
    rules: PathRules
    now: datetime

    def line(self, name: WarehouseName) -> Line | None:
        """Up to the branch's tip; None: there is no such branch."""
        branch = self._branch(self.pipeline.warehouses[name])
        freights = [f.id.sha for f in self.records.freights if f.id.warehouse == name]
        if not self.reader.advance(branch, freights, self._landed(branch), self.now):
            return None
        return self._shown(name, freights)

    def more(self, question: FiringQuestion) -> Line | None:
        """The line when *question* has its answer; None: not in this tick."""
        name = question.warehouse
        if not self._look(name, question.floor, question.count):
            return None
        freights = [f.id.sha for f in self.records.freights if f.id.warehouse == name]
        return self._shown(name, freights)

    def newest(self, name: WarehouseName, count: int) -> Sequence[Sha] | None:
        """The newest *count* commits that fire, minted or not; None: not in this tick."""
        if not self._look(name, BEGINNING, count):
            return None
        found = self._read(name, BEGINNING).firing
        return found[:count]

    def watcher(self, name: WarehouseName) -> Callable[[bytes], bool]:
        """Answers for one path whether the warehouse watches it."""
        return lambda path: self.rules.is_watched(name, path)

    def _look(self, name: WarehouseName, floor: int, count: int) -> bool:
        warehouse = self.pipeline.warehouses[name]
        branch = self._branch(warehouse)
        return self.reader.look(
            branch,
            name,
            self._digest(warehouse),
            self.watcher(name),
            floor=floor,
            count=count,
            never=promoted(self.records),
            landed=self._landed(branch),
        )

    def _shown(self, name: WarehouseName, freights: Sequence[Sha]) -> Line:
        branch = self._branch(self.pipeline.warehouses[name])
        floor = max((self.reader.place(branch, sha) for sha in freights), default=BEGINNING)
        return self._read(name, floor)

    def _read(self, name: WarehouseName, floor: int) -> Line:
        warehouse = self.pipeline.warehouses[name]
        return self.reader.shown(
            self._branch(warehouse),
            name,
            self._digest(warehouse),
            floor=floor,
            never=promoted(self.records),
        )

    def _digest(self, warehouse: Warehouse) -> str:
        return digest(self.pipeline, warehouse, self.default_branch)

    def _branch(self, warehouse: Warehouse) -> str:
        return warehouse.branch or self.default_branch

    def _landed(self, branch: str) -> list[Sha]:
        """As what our promotions landed on *branch*, the newest first."""
        on = {s.name for s in self.pipeline.stages.values() if s.writes}
        on = {n for n in on if (self.pipeline.stages[n].branch or self.default_branch) == branch}
        ours = promoted(self.records)
        rows = reversed(self.records.promotions)
        return [p.landed for p in rows if p.landed in ours and p.stage in on and p.landed]
