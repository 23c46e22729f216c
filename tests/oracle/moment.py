"""One instant, as values: what is so on the Git server, on GitHub, and in the store's rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.core.model.names import FreightId
from tests.oracle.evidence import Answer, Place, Seen, allowed, passed_at
from tests.oracle.lines import Line
from tests.oracle.organizations import Shared
from tests.oracle.outside import Outside
from tests.oracle.pipeline import Plan, Spot
from tests.oracle.started import Began, beside, going, said
from tests.oracle.words import Word

if TYPE_CHECKING:
    from app.core.model.facts import ReviewFact
    from app.core.model.records import Promotion, Records

QUIET = timedelta(seconds=60)
BY_PEOPLE = ("cancelled", "cancelled-early")


def taken_back(row: Promotion) -> bool:
    """A person cancelled it (rule C35)."""
    return row.state == "cancelled" and row.reason in BY_PEOPLE


@dataclass(frozen=True)
class Moment:
    """
    *at* gives what lies at a path of a commit, as a value that can be compared. *runs* are checks of
    others by commit; *pushed* says when a commit became a tip.
    """

    now: datetime
    plan: Plan
    """In force."""
    plans: Callable[[str], Plan | None]
    """By the commit that holds the file."""
    lines: Mapping[str, Line]
    tips: Mapping[str, str]
    runs: Mapping[str, Sequence[Seen]]
    pushed: Mapping[str, datetime]
    records: Records
    at: Callable[[str, str, str], object]
    holds: Callable[[str, str], bool]
    """Whether the first commit is reachable from the second."""
    started: Sequence[Began] = ()
    """The workflow runs that we asked for, the oldest first."""
    apart: timedelta = timedelta()
    """How far the clock of who acts may be behind *now*."""
    words: Sequence[Word] = ()
    first: Mapping[object, datetime] = field(default_factory=dict)
    """When each promotion, freight and ("order", id) was first seen, by the clock on the wall."""
    begun: Mapping[str, datetime] = field(default_factory=dict)
    """Since when a promotion was more than waiting when it was last seen unfinished."""
    open_pulls: Collection[int] = ()
    roles: Callable[[str], Collection[str]] = lambda _login: {"write"}
    """What GitHub can have said lately of what a person may do."""
    teams: Mapping[str, Collection[str]] = field(default_factory=dict)
    authors: Callable[[str, FreightId], Collection[str]] = lambda _stage, _freight: set()
    """Who can be meant by the authors of what a freight brings to a stage."""
    reviews: Callable[[int | None], Sequence[ReviewFact]] = lambda _number: ()
    """Of a pull request, in order."""
    green: Callable[[int], bool] = lambda _number: False
    """Whether our plan lets a pull request be merged."""
    outside: Outside = field(default_factory=Outside)
    shared: Shared = field(default_factory=Shared)
    """The groups of the organisation, as the last look at its file found them."""

    def blocked(self, freight: FreightId) -> bool:
        return any(block.freight == freight for block in self.records.blocks)

    def was_before(self, one: object, other: object) -> bool:
        """*one* was seen in an earlier step than *other*, which may be of this one."""
        there = self.first.get(one)
        return there is not None and (other not in self.first or there < self.first[other])

    def seen_before(self, one: object, at: datetime) -> bool:
        there = self.first.get(one)
        return there is not None and there < at

    def begun_before(self, row: Promotion, at: datetime) -> bool:
        """It was under way then, and is no less since."""
        since = self.begun.get(row.id)
        return since is not None and since < at

    def spots(self, row: Promotion) -> list[Spot]:
        """Its stage as it is in the file that it runs under, and in the one in force."""
        plans = (self.plans(row.config), self.plan)
        found = [plan.spots[row.stage] for plan in plans if plan and row.stage in plan.spots]
        return list(dict.fromkeys(found))

    def rows(self, stage: str, freight: FreightId | None = None) -> list[Promotion]:
        """What landed there, in the order of the rows."""
        return [
            promotion
            for promotion in self.records.promotions
            if promotion.stage == stage
            and promotion.landed
            and (freight is None or promotion.freight == freight)
        ]

    def reachable(self, row: Promotion, spot: Spot) -> bool:
        """rule U2: what is not reachable from the tip verifies nothing."""
        tip = self.tips.get(spot.branch)
        return bool(tip and row.landed and self.holds(row.landed, tip))

    def chain(self, spot: Spot, landed: str) -> list[Place]:
        """The commit that landed, then the later ones of the line with equal outputs (rule V2)."""
        line = self.lines.get(spot.branch)
        here = line.place(landed) if line else None
        later = line.commits[:here][::-1] if line and here is not None else []
        held = self.outputs(spot, landed)
        same = [landed, *(sha for sha in later if self.outputs(spot, sha) == held)]
        return [self._place(sha) for sha in same]

    def outputs(self, spot: Spot, sha: str) -> list[object]:
        return [self.at(sha, out.path, out.key) for out in spot.outputs]

    def _place(self, sha: str) -> Place:
        since = self.pushed.get(sha)
        return Place(tuple(self.runs.get(sha, ())), since is None or self.now >= since + QUIET)

    def answers(self, row: Promotion) -> frozenset[Answer]:
        """What may be said now of what landed with *row*."""
        found: set[Answer] = set()
        for spot in self.spots(row):
            if row.landed is None or not self.reachable(row, spot):
                found.add("open")
            else:
                found |= self._answers(spot, row, row.landed)
        return frozenset(found)

    def _answers(self, spot: Spot, row: Promotion, landed: str) -> set[Answer]:
        checks: frozenset[Answer] = frozenset({"pass"})
        if spot.verify:
            checks = allowed(self.chain(spot, landed), spot.verify, row.reran)
        runs: set[Answer] = {"pass"} if spot.workflow is None else said(self, row, spot)
        return beside(checks, runs)

    def may_be_verified(self, stage: str, freight: FreightId) -> bool:
        """Some evidence for *freight* in *stage* may count as passing now."""
        spot = self.plan.spots.get(stage)
        if spot is None:
            return False
        if not spot.writes:
            return any(
                promotion.stage == stage
                and promotion.freight == freight
                and promotion.state == "verified"
                for promotion in self.records.promotions
            )
        rows = [row for row in self.rows(stage, freight) if not taken_back(row)]
        return any("pass" in self.answers(row) or self._stays(row) for row in rows)

    def _stays(self, row: Promotion) -> bool:
        """
        rules V12, V16: each check may have passed once, and only a later failure takes that back; a
        re-run that says nothing does not.
        """
        if row.state != "verified" or row.landed is None or "open" not in self.answers(row):
            return False
        return all(
            self.reachable(row, spot) and passed_at(self.chain(spot, row.landed), spot.verify)
            for spot in self.spots(row)
        )

    def landed_jobs(self) -> Iterator[tuple[Promotion, Spot, list[Seen]]]:
        """Each landing, and its awaited checks that run now; which locks it takes is no matter here."""
        for promotion in self.records.promotions:
            if promotion.landed is None or promotion.adopted:
                continue
            plan = self.plans(promotion.config)
            spot = plan.spots.get(promotion.stage) if plan else None
            if spot is None:
                continue
            running = [
                run
                for run in self.runs.get(promotion.landed, ())
                if run.conclusion is None
                and run.name in [n.replace("*", "-a") for n in spot.verify]
                and not promotion.in_sync
            ]
            for one in going(self, promotion, spot):
                running += one.jobs[-1:] or (Seen(one.id, one.file, 0),)
            if running:
                yield promotion, spot, running
