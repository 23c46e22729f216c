"""Where freights lie on their lines: nothing else says which of two is newer."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import takewhile

from app.core.model.names import FreightId, Sha, WarehouseName
from app.core.model.past_questions import FreightQuestion, MintedQuestion
from app.core.model.questions import Question
from app.core.model.snapshot import BEGINNING, Snapshot

FIRST = 20
"""How many freights of a warehouse are asked for at first."""


class _Ages(dict[FreightId, int | None]):
    """Ages are asked for by the thousand: each is found out once."""

    def __init__(self, placed: Placed) -> None:
        super().__init__()
        self._placed = placed

    def __missing__(self, freight: FreightId) -> int | None:
        place = self[freight] = self._placed.behind(*freight)
        return place


class Placed:
    """Readings of a snapshot's lines, and of the freights on them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.questions: set[Question] = set()
        """What a decision wanted to know and the snapshot does not say."""
        self.age = _Ages(self).__getitem__
        """How far behind the tip a freight is; None: withdrawn (or its warehouse is gone)."""

    def behind(self, warehouse: WarehouseName, sha: Sha) -> int | None:
        """How far behind the tip of the warehouse's line the commit is; None: it is not on it."""
        line = self.snapshot.lines.get(warehouse)
        place = None if line is None else line.places.get(sha)
        return None if line is None or place is None else line.top - place

    def newer(self, freight: FreightId, other: FreightId) -> bool:
        """Tell whether *freight* is newer; freight on the line is newer than withdrawn freight."""
        mine = self.age(freight)
        if mine is None:
            return False
        other_age = self.age(other)
        return other_age is None or mine < other_age

    def fresh(self, warehouse: WarehouseName, than: FreightId | None) -> Iterator[FreightId]:
        """
        Minted freight newer than *than* (None, or withdrawn: all of it), newest first.

        Where there may be more than is known, the last step asks for it.
        """
        floor = None if than is None else self.age(than)
        minted = self._minted.get(warehouse, ())
        end = len(minted) if floor is None else bisect_left(self._ages[warehouse], floor)
        line = self.snapshot.lines.get(warehouse)
        if line is None or not self.snapshot.records.freights_cut:
            yield from minted[:end]
            return
        known = line.top - line.minted_low
        yield from takewhile(lambda f: (self.age(f) or 0) <= known, minted[:end])
        bottom = BEGINNING if floor is None else line.top - floor
        if line.minted_low > bottom + 1:
            count = 2 * max(FIRST, sum(1 for age in self._ages[warehouse] if age <= known))
            self.questions.add(MintedQuestion(warehouse, bottom, count))

    def newest(self, warehouse: WarehouseName) -> FreightId | None:
        """The newest freight on the warehouse's line."""
        return next(self.fresh(warehouse, None), None)

    def minted_at(self, freight: FreightId) -> datetime | None:
        """When it was minted; None: never (or, with a question, not known yet)."""
        minted = self._times.get(freight)
        question = FreightQuestion(freight.warehouse, freight.sha)
        if minted is None and not self._told(freight) and question not in self.snapshot.named:
            self.questions.add(question)
        return minted

    def named(self, warehouse: WarehouseName, digits: str) -> list[FreightId]:
        """Freight of the warehouse whose commit begins so (with a question: as far as known)."""
        question = FreightQuestion(warehouse, digits)
        if self.snapshot.records.freights_cut and question not in self.snapshot.named:
            self.questions.add(question)
        known = (f.id for f in self.snapshot.records.freights if f.id.warehouse == warehouse)
        return [freight for freight in known if freight.sha.startswith(digits)]

    def _told(self, freight: FreightId) -> bool:
        """If it were minted, it would be among the records."""
        line = self.snapshot.lines.get(freight.warehouse)
        place = line.places.get(freight.sha) if line is not None else None
        known = line is not None and place is not None and place >= line.minted_low
        return known or not self.snapshot.records.freights_cut

    @cached_property
    def _times(self) -> Mapping[FreightId, datetime]:
        return {f.id: f.minted_at for f in self.snapshot.records.freights}

    @cached_property
    def _minted(self) -> Mapping[WarehouseName, tuple[FreightId, ...]]:
        """Per warehouse what is known of minted freight that is on its line, newest first."""
        freights: dict[WarehouseName, list[FreightId]] = defaultdict(list)
        for freight in self.snapshot.records.freights:
            if self.age(freight.id) is not None:
                freights[freight.id.warehouse].append(freight.id)
        return {
            name: tuple(sorted(ids, key=lambda f: self.age(f) or 0))
            for name, ids in freights.items()
        }

    @cached_property
    def _ages(self) -> Mapping[WarehouseName, list[int]]:
        """The ages of `_minted`, rising."""
        return {name: [self.age(f) or 0 for f in ids] for name, ids in self._minted.items()}
