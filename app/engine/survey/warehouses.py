"""What warehouses see of their branches' lines, for one plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from app.core.model.names import FreightId, Sha, WarehouseName
from app.core.model.pipeline import Pipeline, Warehouse
from app.core.model.questions import FiringQuestion
from app.core.model.records import Freight, Records
from app.core.model.snapshot import BEGINNING, Line, first_seen
from app.core.paths.watch_rules import PathRules, digest
from app.core.state.freight_order import FIRST
from app.core.state.lines import Landed
from app.engine.survey.branch_lines import LineReader
from app.engine.survey.commit_graph import Step, fires, unheld
from app.engine.survey.watched_paths import Ours
from app.ports import GitRepo
from app.ports.lines import Minted

NEWS = 200
"""How far back is told what a stage's first freight brings: all of history would be too much."""


@dataclass(frozen=True, slots=True)
class Warehouses:
    """The lines of the branches that *pipeline* watches."""

    reader: LineReader
    """It brings them up to date."""
    pipeline: Pipeline
    records: Records
    default_branch: str
    rules: PathRules
    now: datetime
    ours: Ours
    """The commits that make no freight, whatever is watched."""

    def line(self, name: WarehouseName) -> tuple[Line, tuple[Freight, ...]] | None:
        """
        Up to the branch's tip, with the newest of the warehouse's freights on it, where not all are
        among the records; None: there is no such branch.
        """
        branch = self._branch(self.pipeline.warehouses[name])
        if self._at_tip(branch, name) is None:
            return None
        if not self.records.freights_cut:
            places, shas = self.reader.line(branch).places, self._freights(name)
            floor = max((places.get(sha, BEGINNING) for sha in shas), default=BEGINNING)
            return self._read(name, floor, BEGINNING), ()
        freights = self.reader.minted(branch, name, BEGINNING, FIRST)
        floor = freights[0].place if freights else BEGINNING
        line = self._read(name, floor, low(freights, FIRST, BEGINNING))
        return line, tuple(freight.freight for freight in freights)

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
        shas = self._read(name, BEGINNING, BEGINNING).firing
        return shas[:count]

    def after(self, branch: str, sha: Sha) -> Iterator[Sha]:
        """What came onto *branch* after *sha*, the nearest first, whoever watches the branch."""
        known = self._at_tip(branch) is not None
        return self.reader.after(branch, sha, self._landed(branch)) if known else iter(())

    def down(self, branch: str) -> Iterator[Step]:
        """The line of *branch* from its tip, the newest first, whoever watches the branch."""
        tip = self._at_tip(branch)
        return self.reader.down(branch, tip, self._landed(branch)) if tip else iter(())

    def seen_at(self, branch: str, sha: Sha) -> datetime | None:
        """When the push that brought *sha* onto *branch* was seen; None: it is not on its line."""
        line = self.reader.line(branch)
        return first_seen(line.at, line.seen, line.places.get(sha))

    def news(self, git: GitRepo, freight: FreightId, since: Sha | None) -> Iterator[Sha]:
        """
        The commits that fire from *freight* back to the freight of commit *since*, newest first.

        What *since* holds is no news where it has left the line. None: the newest `NEWS` commits.
        """
        branch = self._branch(self.pipeline.warehouses[freight.warehouse])
        steps = self.reader.down(branch, freight.sha, self._landed(branch))
        watches = self.watcher(freight.warehouse)
        new = islice(steps, NEWS) if since is None else unheld(git, steps, since)
        for step in new:
            if fires(git, watches, step) and not self.ours([step.sha]):
                yield step.sha

    def branch(self, name: WarehouseName) -> str:
        """The branch that the warehouse watches."""
        return self._branch(self.pipeline.warehouses[name])

    def watcher(self, name: WarehouseName) -> Callable[[bytes], bool]:
        """Answers for one path whether the warehouse watches it."""
        return lambda path: self.rules.is_watched(name, path)

    def _at_tip(self, branch: str, name: WarehouseName | None = None) -> Sha | None:
        """Bring the line up to the branch's tip, and say which that is; None: no such branch."""
        intents = (p.intent for p in self.records.promotions if not p.ended)
        pushed = [i.commit for i in intents if i is not None and i.branch == branch]
        freights = partial(self._freights, name) if name is not None else tuple
        landed = self._landed(branch)
        return self.reader.advance(branch, landed, self.now, pushed, name, freights)

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
            promotions = reversed(self.ours.landed(beyond))
            return [p.landed for p in promotions if p.stage in on and p.landed]

        return among


def low(freights: Sequence[Minted], count: int, floor: int) -> int:
    """
    The place down to which *freights*, the newest *count* above *floor*, are all that there are.
    """
    return (
        freights[-1].place
        if len(freights) == count
        else floor + 1
        if floor > BEGINNING
        else BEGINNING
    )
