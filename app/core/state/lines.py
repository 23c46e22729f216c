"""
The line of a branch: what its tip was, push by push, and each commit's place on it.

Places are rising numbers: newer is higher. Nothing is read that was not asked for: a line that is
new to us begins with its tip, and `deepen` adds what is older, one commit at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from app.core.model.names import Sha


class Ancestry(Protocol):
    """Which commits hold which."""

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip* (also when equal); missing: False."""
        ...


class Graph(Ancestry, Protocol):
    """Commits as git has them."""

    def parents(self, sha: Sha) -> Sequence[Sha]:
        """In their order; none of what is not there."""
        ...


Landed = Callable[[Sequence[Sha]], Iterable[Sha]]
"""
As which commits our promotions landed on this branch, of those that the others of a merge's parents
hold and the first does not: the newest first.
"""


@dataclass(frozen=True, slots=True)
class Tip:
    """What a branch pointed to, seen first at *seen_at*; *base*: the tip that it goes on from."""

    sha: Sha
    base: Sha | None
    seen_at: datetime


@dataclass(slots=True)
class Change:
    """
    What became of a line: *above* which place it was cut (None: nowhere), which commits came, and
    which tips are new, or go on from another one.
    """

    above: int | None = None
    commits: dict[int, Sha] = field(default_factory=dict)
    tips: list[Tip] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.commits or self.tips) or self.above is not None


class BranchLine:
    """One branch's line, as far as it was read; *tips* in the order in which they were seen."""

    def __init__(self, at: Mapping[int, Sha], tips: Iterable[Tip]) -> None:
        self.at = dict(at)
        self.places = {sha: place for place, sha in at.items()}
        self.tips = {tip.sha: tip for tip in tips}
        self.seen = {sha: tip.seen_at for sha, tip in self.tips.items()}
        self.top = max(at, default=-1)
        self.bottom = min(at, default=0)

    @property
    def tip(self) -> Sha | None:
        """The newest commit; None: nothing was read yet."""
        return self.at.get(self.top)

    def advance(self, graph: Graph, tip: Sha, now: datetime) -> Change:
        """Let the line go on to *tip*, or from the newest tip that it still holds."""
        change = Change()
        if tip == self.tip:
            return change
        if tip not in self.tips:
            self._remember(Tip(tip, self._base(graph, tip), now), change)
        elif self.tip is not None and graph.is_ancestor(self.tip, tip):
            self._come_back(graph, tip, self.tip, change)
        way = self._way(tip)
        self._cut(self.tips[way[-1]].base, change)
        for end in reversed(way):
            self._extend(graph, end, change)
        return change

    def pass_by(self, graph: Graph, tips: Iterable[Sha], end: Sha, now: datetime) -> list[Change]:
        """Go to *end* by way of those of *tips* that lie between the line and it."""
        on_way = {t for t in tips if t not in self.places and t != end}
        between = [t for t in on_way if graph.is_ancestor(t, end) and self._follows(graph, t)]
        # Where one holds another it comes later; what is on no common way is met in some order.
        between.sort(key=lambda t: sum(graph.is_ancestor(other, t) for other in between))
        found = [
            self.advance(graph, tip, now)
            for tip in between
            if self.tip is None or graph.is_ancestor(self.tip, tip)
        ]
        return [*found, self.advance(graph, end, now)]

    def deepen(self, graph: Graph, landed: Landed) -> Change:
        """
        Add the next older commit; an empty change: there is none.

        First parents, except at a merge whose first parent does not hold a commit as which one of
        our promotions *landed* on this branch: the parent that holds it was a tip.
        """
        change = Change()
        lowest = self.at.get(self.bottom)
        parents = graph.parents(lowest) if lowest is not None else ()
        if lowest is None or not parents:
            return change
        older = parents[0]
        if len(parents) > 1:
            new = (ours for ours in landed(parents) if ours not in self.places)
            older = before_merge(graph, parents, new)
        if older != parents[0]:
            first = next(t for t in self.tips.values() if t.base is None and t.sha in self.places)
            self._remember(Tip(older, None, first.seen_at), change)
            self._remember(Tip(first.sha, older, first.seen_at), change)
        self._put(self.bottom - 1, older, change)
        return change

    def after(self, place: int) -> Iterator[Sha]:
        """What is newer than *place*, the nearest first."""
        return (self.at[p] for p in range(place + 1, self.top + 1))

    def before(self, sha: Sha) -> Sha | None:
        """What was there before *sha* came; None: nothing that was read."""
        return self.at.get(self.places[sha] - 1)

    def _way(self, tip: Sha) -> list[Sha]:
        """*tip* and the tips that it goes on from, down to what is on the line already."""
        way = [tip]
        while (base := self.tips[way[-1]].base) is not None and base not in self.places:
            way.append(base)
        return way

    def _come_back(self, graph: Graph, tip: Sha, before: Sha, change: Change) -> None:
        """*tip*, which we remember, follows *before*: its line was kept, but never without that."""
        way = self._way(tip)
        lowest = self.tips[way[-1]]
        if lowest.base == before:
            return
        on_way = [sha for end in way for sha in _added(graph, end, self.tips[end].base)]
        if before in on_way and not self._loses(lowest.base, on_way):
            return
        first = list(_added(graph, lowest.sha, before))[-1]
        if lowest.base is None and before in graph.parents(first)[:1]:
            tip = lowest.sha  # older first parents were not read, and it is one of them
        self._remember(replace(self.tips[tip], base=before), change)

    def _loses(self, base: Sha | None, kept: Sequence[Sha]) -> bool:
        """What came after *base* is not all *kept*; without a base nothing older was read."""
        above = self.after(self.places[base]) if base is not None else ()
        return any(sha not in kept for sha in above)

    def _follows(self, graph: Graph, tip: Sha) -> bool:
        return self.tip is not None and graph.is_ancestor(self.tip, tip)

    def _base(self, graph: Graph, tip: Sha) -> Sha | None:
        """The newest remembered tip that *tip* holds."""
        if self.tip is not None and graph.is_ancestor(self.tip, tip):
            return self.tip
        seen = {sha: number for number, sha in enumerate(self.tips)}
        inner = {t.base for t in self.tips.values()}
        ways = [
            way for end in self.tips if end not in inner and (way := self._held(graph, tip, end))
        ]
        # One that came back was seen before what it goes on from now.
        older = {sha for way in ways for sha in way[1:]}
        held = (way[0] for way in ways if way[0] not in older)
        return max(held, key=seen.__getitem__, default=None)

    def _held(self, graph: Graph, tip: Sha, end: Sha) -> list[Sha]:
        """Those that *tip* holds of *end* and the tips it goes on from, the newest first."""
        way = [end]
        while (base := self.tips[way[-1]].base) is not None:
            way.append(base)
        return way[bisect_left(way, True, key=lambda sha: graph.is_ancestor(sha, tip)) :]

    def _cut(self, base: Sha | None, change: Change) -> None:
        keep = self.places[base] if base is not None else self.bottom - 1
        if keep == self.top:
            return
        change.above = keep
        for place in range(keep + 1, self.top + 1):
            del self.places[self.at.pop(place)]
        self.top = keep
        if not self.at:
            self.top, self.bottom = -1, 0

    def _extend(self, graph: Graph, tip: Sha, change: Change) -> None:
        new = list(_added(graph, tip, self.tips[tip].base))
        for sha in reversed(new):
            self._put(self.top + 1, sha, change)

    def _put(self, place: int, sha: Sha, change: Change) -> None:
        self.at[place] = change.commits[place] = sha
        self.places[sha] = place
        self.top, self.bottom = max(self.top, place), min(self.bottom, place)

    def _remember(self, tip: Tip, change: Change) -> None:
        self.tips[tip.sha] = tip
        self.seen[tip.sha] = tip.seen_at
        change.tips.append(tip)


def before_merge(graph: Ancestry, parents: Sequence[Sha], landed: Iterable[Sha]) -> Sha:
    """
    The one of a merge's *parents* that was the tip before it, where no tip is remembered.

    The first; but if it does not hold a commit as which a promotion *landed* on this very branch,
    the one that does.
    """
    for ours in landed:
        if graph.is_ancestor(ours, parents[0]):
            continue
        holder = next((p for p in parents[1:] if graph.is_ancestor(ours, p)), None)
        if holder is not None:
            return holder
    return parents[0]


def _added(graph: Graph, tip: Sha, base: Sha | None) -> Iterator[Sha]:
    """From *tip* along first parents as long as they descend from *base*."""
    sha = tip
    while True:
        yield sha
        parents = graph.parents(sha) if base is not None else ()
        if base is None or not parents or parents[0] == base:
            return
        # What has one parent holds nothing but by it: only merges are looked at.
        if len(parents) > 1 and not graph.is_ancestor(base, parents[0]):
            return
        sha = parents[0]
