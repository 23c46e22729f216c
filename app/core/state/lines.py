"""
The line of a branch: what its tip was, push by push, and each commit's place on it.

Places are rising numbers: newer is higher. Nothing is read that was not asked for: a line that is
new to us begins with its tip, and `deepen` adds what is older, one commit at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
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
    """
    What a branch pointed to. A tip has one line: that of its base, and its own commits on top.
    """

    sha: Sha
    base: Sha | None
    """The tip that its line goes on from; None: it goes by first parents."""
    seen_at: datetime
    """When it was first seen."""
    turn: int
    """Rises with each push."""


@dataclass(slots=True)
class Change:
    """What became of a line."""

    above: int | None = None
    """The place above which it was cut; None: it was not."""
    commits: dict[int, Sha] = field(default_factory=dict)
    """Those that came, by place."""
    tips: list[Tip] = field(default_factory=list)
    """Those that are new, came back, or go on from another one."""

    def __bool__(self) -> bool:
        return bool(self.commits or self.tips) or self.above is not None


class BranchLine:
    """One branch's line, as far as it was read: that of the newest of *tips*."""

    def __init__(self, at: Mapping[int, Sha], tips: Iterable[Tip]) -> None:
        self.at = dict(at)
        self.places = {sha: place for place, sha in at.items()}
        self.tips = {tip.sha: tip for tip in tips}
        self.seen = {sha: tip.seen_at for sha, tip in self.tips.items()}
        self.top = max(at, default=-1)
        self.bottom = min(at, default=0)
        self._newest = max((tip.turn for tip in self.tips.values()), default=0)
        self._oldest = min((tip.turn for tip in self.tips.values()), default=1)
        # The tips whose lines this one goes on from, its own among them.
        self._way: set[Sha] = set()
        if self.tip is not None:
            self._way.update(sha for sha in self._down(self.tip) if sha in self.places)

    @property
    def tip(self) -> Sha | None:
        """The newest commit; None: nothing was read yet."""
        return self.at.get(self.top)

    def advance(self, graph: Graph, tip: Sha, now: datetime) -> Change:
        """Let the line be that of *tip*."""
        change = Change()
        if tip == self.tip:
            return change
        self._newest += 1
        self._remember(self._pushed(graph, tip, now, change), change)
        fresh, kept = self._apart(tip)
        self._cut(kept, change)
        for end in reversed(fresh):
            self._extend(graph, end, change)
        return change

    def pass_by(self, graph: Graph, tips: Iterable[Sha], end: Sha, now: datetime) -> list[Change]:
        """Go to *end* by way of those of *tips* that lie between the line and it."""
        on_way = {t for t in tips if t not in self.places and t != end}
        between = [t for t in on_way if graph.is_ancestor(t, end) and self._follows(graph, t)]
        # Where one holds another it comes later; what is on no common way is met in some order.
        between.sort(key=lambda t: sum(graph.is_ancestor(other, t) for other in between))
        changes = [
            self.advance(graph, tip, now)
            for tip in between
            if self.tip is None or graph.is_ancestor(self.tip, tip)
        ]
        return [*changes, self.advance(graph, end, now)]

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
            first = self.tips[self._down(self.at[self.top])[-1]]
            self._oldest -= 1
            self._remember(Tip(older, None, first.seen_at, self._oldest), change)
            self._remember(replace(first, base=older), change)
            self._way.add(older)
        self._put(self.bottom - 1, older, change)
        return change

    def after(self, place: int) -> Iterator[Sha]:
        """What is newer than *place*, the nearest first."""
        return (self.at[p] for p in range(place + 1, self.top + 1))

    def before(self, sha: Sha) -> Sha | None:
        """What was there before *sha* came; None: nothing that was read."""
        return self.at.get(self.places[sha] - 1)

    def _pushed(self, graph: Graph, tip: Sha, now: datetime, change: Change) -> Tip:
        """
        *tip* with the line that it has now: the one that it had before, but never without anything
        of what it follows.
        """
        before = self.tip
        follows = before is not None and graph.is_ancestor(before, tip)
        if tip not in self.tips:
            base = before if follows else self._newest_held(graph, tip)
            return Tip(tip, base, now, self._newest)
        self._join(graph, tip, change)
        known = replace(self.tips[tip], turn=self._newest)
        if before is None or not follows or self._keeps(graph, tip, before):
            return known
        return replace(known, base=before)

    def _down(self, tip: Sha, to: Container[Sha | None] = ()) -> list[Sha]:
        """*tip* and the tips that its line goes on from, above the first that is in *to*."""
        way: list[Sha] = []
        at: Sha | None = tip
        while at is not None and at not in to:
            way.append(at)
            at = self.tips[at].base
        return way

    def _apart(self, tip: Sha) -> tuple[list[Sha], Sha | None]:
        """What :meth:`_down` finds above the line as it is now, and the tip that both have."""
        way = self._down(tip, self._way)
        return way, self.tips[way[-1]].base if way else tip

    def _join(self, graph: Graph, tip: Sha, change: Change) -> None:
        """Where *tip* and the tip now begin with first parents of one another, say so."""
        if self.tip is None:
            return
        sha, other = self._down(tip)[-1], self._down(self.tip)[-1]
        for upper, lower in ((sha, other), (other, sha)):
            at_once = lower in self.places and upper != lower
            if at_once and _first_parents(graph, upper, lower) is not None:
                self._remember(replace(self.tips[upper], base=lower), change)
                if upper in self._way:
                    self._way.add(lower)

    def _keeps(self, graph: Graph, tip: Sha, before: Sha) -> bool:
        """The line of *tip*, which it had, has every commit of the line of *before*."""
        fresh, shared = self._apart(tip)
        gone = self._down(before, (shared,))
        kept = self._commits(graph, fresh)
        lost = self._commits(graph, gone) - kept
        if shared is not None:
            return not lost
        # Both go on along first parents that nobody read: they meet, or one of *before*'s is lost.
        below = gone[-1]
        while below in kept and (parents := graph.parents(below)):
            below = parents[0]
        read = _first_parents(graph, fresh[-1], below)
        return read is not None and lost <= {*read, below}

    def _commits(self, graph: Graph, way: Iterable[Sha]) -> set[Sha]:
        return {sha for end in way for sha in _added(graph, end, self.tips[end].base)}

    def _follows(self, graph: Graph, tip: Sha) -> bool:
        return self.tip is not None and graph.is_ancestor(self.tip, tip)

    def _newest_held(self, graph: Graph, tip: Sha) -> Sha | None:
        """Of the tips that *tip* holds the one that was the tip last."""
        inner = {t.base for t in self.tips.values()}
        ends = [end for end in self.tips if end not in inner]
        held = {sha for end in ends for sha in self._held(graph, tip, end)}
        return max(held, key=lambda sha: self.tips[sha].turn, default=None)

    def _held(self, graph: Graph, tip: Sha, end: Sha) -> list[Sha]:
        """Those that *tip* holds of *end* and the tips it goes on from, the newest first."""
        way = self._down(end)
        return way[bisect_left(way, True, key=lambda sha: graph.is_ancestor(sha, tip)) :]

    def _cut(self, base: Sha | None, change: Change) -> None:
        keep = self.places[base] if base is not None else self.bottom - 1
        if keep == self.top:
            return
        change.above = keep
        for place in range(keep + 1, self.top + 1):
            sha = self.at.pop(place)
            del self.places[sha]
            self._way.discard(sha)
        self.top = keep
        if not self.at:
            self.top, self.bottom = -1, 0

    def _extend(self, graph: Graph, tip: Sha, change: Change) -> None:
        new = list(_added(graph, tip, self.tips[tip].base))
        self._way.add(tip)
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


def _first_parents(graph: Graph, tip: Sha, low: Sha) -> Sequence[Sha] | None:
    """From *tip* along first parents to above *low*; None: they do not come by it."""
    if tip == low:
        return ()
    if not graph.is_ancestor(low, tip):
        return None
    way = list(_added(graph, tip, low))
    return way if low in graph.parents(way[-1])[:1] else None
