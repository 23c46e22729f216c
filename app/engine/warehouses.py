"""What warehouses see of their branches' lines, for one plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice

from app.core.model import Pipeline, Warehouse
from app.core.names import FreightId, Sha, WarehouseName
from app.core.paths import PathRules, digest
from app.core.questions import FiringQuestion
from app.core.records import Records
from app.core.snapshot import BEGINNING, Line, Snapshot
from app.engine.courses import LineReader, fires
from app.engine.graph import Step
from app.engine.lines import WatchedPaths, promoted
from app.ports import GitRepo

NEWS = 200
"""How far back is told what a stage's first freight brings: all of history would be too much."""


@dataclass(frozen=True)
class Warehouses:
    """The lines of *pipeline*'s branches, as *reader* brings them up to date."""

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
        if self._at_tip(branch, freights) is None:
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

    def after(self, branch: str, sha: Sha) -> Iterator[Step]:
        """What came onto *branch* after *sha*, the nearest first, whoever watches the branch."""
        known = self._at_tip(branch) is not None
        return self.reader.after(branch, sha, self._landed(branch)) if known else iter(())

    def down(self, branch: str) -> Iterator[Step]:
        """The line of *branch* from its tip, the newest first, whoever watches the branch."""
        tip = self._at_tip(branch)
        return self.reader.down(branch, tip, self._landed(branch)) if tip else iter(())

    def news(self, git: GitRepo, freight: FreightId, since: Sha | None) -> Iterator[Sha]:
        """
        The commits that fire from *freight* back to the freight of commit *since*, newest first.

        What *since* holds is no news where it has left the line. None: the newest `NEWS` commits.
        """
        branch = self._branch(self.pipeline.warehouses[freight.warehouse])
        steps = self.reader.down(branch, freight.sha, self._landed(branch))
        never, watches = self._promoted, self.watcher(freight.warehouse)
        for found in islice(steps, NEWS if since is None else None):
            if since is not None and (found.sha == since or git.is_ancestor(found.sha, since)):
                return
            if found.sha not in never and fires(git, watches, found):
                yield found.sha

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
            never=self._promoted,
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
            never=self._promoted,
        )

    def _digest(self, warehouse: Warehouse) -> str:
        return digest(self.pipeline, warehouse, self.default_branch)

    def _branch(self, warehouse: Warehouse) -> str:
        return warehouse.branch or self.default_branch

    def _at_tip(self, branch: str, freights: Collection[Sha] = ()) -> Sha | None:
        """Bring the line up to the branch's tip, and say which that is; None: no such branch."""
        landed, pushed = self._landed(branch), self._pushed(branch)
        return self.reader.advance(branch, freights, landed, self.now, pushed)

    def _pushed(self, branch: str) -> list[Sha]:
        """What we may have pushed to *branch* and not seen there: pushes whose answer was lost."""
        intents = (p.intent for p in self.records.promotions if not p.ended)
        return [i.commit for i in intents if i is not None and i.branch == branch]

    def _landed(self, branch: str) -> Sequence[Sha]:
        """As what our promotions landed on *branch*, the newest first."""
        return self._landings.get(branch, ())

    @cached_property
    def _promoted(self) -> frozenset[Sha]:
        return promoted(self.records)

    @cached_property
    def _landings(self) -> Mapping[str, Sequence[Sha]]:
        stages = self.pipeline.stages.values()
        branches = {s.name: s.branch or self.default_branch for s in stages if s.writes}
        found: dict[str, list[Sha]] = defaultdict(list)
        for row in reversed(self.records.promotions):
            if row.landed in self._promoted and row.landed and row.stage in branches:
                found[branches[row.stage]].append(row.landed)
        return found


class LinesOf:
    """What the lines are to a snapshot, worked out once for all its questions."""

    def __init__(self, reader: LineReader, default_branch: str, watched: WatchedPaths) -> None:
        self._reader = reader
        self._default_branch = default_branch
        self._watched = watched
        self._known: Warehouses | None = None

    def __call__(self, snapshot: Snapshot) -> Warehouses:
        """Those of the snapshot's pipeline and records."""
        records, now, known = snapshot.records, snapshot.now, self._known
        if known is None or known.records is not records or known.now != now:
            on, pipeline = self._default_branch, snapshot.config.pipeline or Pipeline({}, {})
            rules = self._watched.rules(pipeline, on)
            known = self._known = Warehouses(self._reader, pipeline, records, on, rules, now)
        return known
