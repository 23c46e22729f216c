"""What warehouses see of their branches' lines, for one plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.lines import Landed
from app.core.model import Pipeline, Warehouse
from app.core.names import Sha, WarehouseName
from app.core.paths import PathRules, digest
from app.core.placed import FIRST
from app.core.questions import FiringQuestion
from app.core.records import Freight, Records
from app.core.snapshot import BEGINNING, Line
from app.engine.courses import LineReader
from app.engine.lines import Ours
from app.ports.lines import Minted


@dataclass(frozen=True, slots=True)
class Warehouses:
    """
    The lines of *pipeline*'s warehouses, as *reader* brings them up to date.

    *ours* are the commits that make no freight, whatever is watched.
    """

    reader: LineReader
    pipeline: Pipeline
    records: Records
    default_branch: str
    rules: PathRules
    now: datetime
    ours: Ours

    def line(self, name: WarehouseName) -> tuple[Line, tuple[Freight, ...]] | None:
        """
        Up to the branch's tip, with the newest of the warehouse's freights on it, where not all are
        among the records; None: there is no such branch.
        """
        branch = self._branch(self.pipeline.warehouses[name])
        landed = self._landed(branch)
        if not self.reader.advance(branch, name, lambda: self._freights(name), landed, self.now):
            return None
        if not self.records.freights_cut:
            places = (self.reader.place(branch, sha) for sha in self._freights(name))
            return self._read(name, max(places, default=BEGINNING), BEGINNING), ()
        found = self.reader.minted(branch, name, BEGINNING, FIRST)
        floor = found[0].place if found else BEGINNING
        line = self._read(name, floor, low(found, FIRST, BEGINNING))
        return line, tuple(one.freight for one in found)

    def more(self, question: FiringQuestion, known: Line) -> Line | None:
        """The line when *question* has its answer; None: not in this tick."""
        name = question.warehouse
        if not self._look(name, question.floor, question.count):
            return None
        minted = (f.id.sha for f in self.records.freights if f.id.warehouse == name)
        floor = max((known.places.get(sha, BEGINNING) for sha in minted), default=BEGINNING)
        return self._read(name, floor, known.minted_low)

    def newest(self, name: WarehouseName, count: int) -> Sequence[Sha] | None:
        """The newest *count* commits that fire, minted or not; None: not in this tick."""
        if not self._look(name, BEGINNING, count):
            return None
        found = self._read(name, BEGINNING, BEGINNING).firing
        return found[:count]

    def watcher(self, name: WarehouseName) -> Callable[[bytes], bool]:
        """Answers for one path whether the warehouse watches it."""
        return lambda path: self.rules.is_watched(name, path)

    def _freights(self, name: WarehouseName) -> Sequence[Sha]:
        """Those that may have to be looked for on the line: all that are not on it, or all."""
        if self.records.freights_cut:
            return self.reader.unplaced(self._branch(self.pipeline.warehouses[name]), name)
        return [f.id.sha for f in self.records.freights if f.id.warehouse == name]

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
            never=self.ours,
            landed=self._landed(branch),
        )

    def _read(self, name: WarehouseName, floor: int, minted_low: int) -> Line:
        warehouse = self.pipeline.warehouses[name]
        return self.reader.shown(
            self._branch(warehouse),
            name,
            self._digest(warehouse),
            floor=floor,
            never=self.ours,
            minted_low=minted_low,
        )

    def _digest(self, warehouse: Warehouse) -> str:
        return digest(self.pipeline, warehouse, self.default_branch)

    def _branch(self, warehouse: Warehouse) -> str:
        return warehouse.branch or self.default_branch

    def _landed(self, branch: str) -> Landed:
        """As what our promotions landed on *branch*."""
        on = {s.name for s in self.pipeline.stages.values() if s.writes}
        on = {n for n in on if (self.pipeline.stages[n].branch or self.default_branch) == branch}

        def among(parents: Sequence[Sha]) -> list[Sha]:
            beyond = self.reader.beyond(parents) if self.records.promotions else ()
            rows = reversed(self.ours.landed(beyond))
            return [p.landed for p in rows if p.stage in on and p.landed]

        return among


def low(found: Sequence[Minted], count: int, floor: int) -> int:
    """The place down to which *found*, the newest *count* above *floor*, are all that there are."""
    return found[-1].place if len(found) == count else floor + 1 if floor > BEGINNING else BEGINNING
