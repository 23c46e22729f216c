"""Where freights lie on their lines: nothing else says which of two is newer."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from app.core.names import FreightId, Sha, WarehouseName
from app.core.snapshot import Snapshot


class Placed:
    """Readings of a snapshot's lines."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def age(self, freight: FreightId) -> int | None:
        """How far behind the tip it is; None: withdrawn (or its warehouse is gone)."""
        return self.behind(freight.warehouse, freight.sha)

    def behind(self, warehouse: WarehouseName, sha: Sha) -> int | None:
        """How far behind the tip of the warehouse's line the commit is; None: it is not on it."""
        line = self.snapshot.lines.get(warehouse)
        place = None if line is None else line.places.get(sha)
        return None if line is None or place is None else line.top - place

    def newer(self, one: FreightId, other: FreightId) -> bool:
        """Tell whether *one* is newer; freight on the line is newer than withdrawn freight."""
        mine = self.age(one)
        if mine is None:
            return False
        other_age = self.age(other)
        return other_age is None or mine < other_age

    @cached_property
    def minted(self) -> Mapping[WarehouseName, tuple[FreightId, ...]]:
        """Per warehouse the minted freight that is on its line, newest first."""
        found: dict[WarehouseName, list[FreightId]] = defaultdict(list)
        for freight in self.snapshot.records.freights:
            if self.age(freight.id) is not None:
                found[freight.id.warehouse].append(freight.id)
        return {
            name: tuple(sorted(ids, key=lambda f: self.age(f) or 0)) for name, ids in found.items()
        }

    @cached_property
    def ages(self) -> Mapping[WarehouseName, list[int]]:
        """The ages of `minted`, rising."""
        return {name: [self.age(f) or 0 for f in ids] for name, ids in self.minted.items()}

    def fresh(self, warehouse: WarehouseName, than: FreightId | None) -> tuple[FreightId, ...]:
        """Minted freight newer than *than* (None, or withdrawn: all of it), newest first."""
        minted = self.minted.get(warehouse, ())
        floor = self.age(than) if than else None
        return minted if floor is None else minted[: bisect_left(self.ages[warehouse], floor)]
