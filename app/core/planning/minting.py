"""Which commit becomes freight."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.evidence.judge import Ask, Evidence, judge
from app.core.evidence.matching import goes_on, named
from app.core.model.facts import CommitChecks
from app.core.model.names import FreightId, Sha
from app.core.model.pipeline import Warehouse
from app.core.model.questions import MINTING, CannotAsk, LineQuestion, Unanswered
from app.core.model.records import Freight
from app.core.model.snapshot import BEGINNING, Line
from app.core.planning.actions import Mint
from app.core.planning.plan_result import MintWait
from app.core.state.ledger import Ledger

CUT_OFF = 5
"""After so many heads with cancelled checks the run says that newer pushes cancel them."""


def mint(ledger: Ledger) -> tuple[tuple[Mint, ...], tuple[MintWait, ...]]:
    """At most one new freight for each warehouse: the newest commit whose checks passed."""
    mints, waits = [], []
    for warehouse in ledger.pipeline.warehouses.values():
        line = ledger.snapshot.lines.get(warehouse.name)
        if line is None:
            continue
        try:
            sha, wait = _candidate(ledger, warehouse, line)
        except CannotAsk as error:
            sha, wait = None, _unknown(ledger, warehouse, line, error.unanswered)
        if wait is not None:
            waits.append(wait)
        if sha is not None:
            freight = FreightId(warehouse.name, sha)
            mints.append(Mint(Freight(freight, ledger.snapshot.now)))
    return tuple(mints), tuple(waits)


def _unknown(ledger: Ledger, warehouse: Warehouse, line: Line, unanswered: Unanswered) -> MintWait:
    """The commit that would be asked about first; its answer is not known now."""
    floor = _floor(ledger, warehouse, line)
    commit = next((sha for sha in line.firing if line.places[sha] > floor), line.tip)
    names = tuple(rule.pattern for rule in warehouse.checks)
    wake_at = unanswered.next_look
    return MintWait(warehouse.name, commit, names, False, wake_at, unanswered.words)


def _candidate(
    ledger: Ledger, warehouse: Warehouse, line: Line
) -> tuple[Sha | None, MintWait | None]:
    """
    The newest whose checks passed, however far back; and why the newest of all is no freight yet.

    A red or unfinished commit hides no older one.
    """
    ledger.knows(LineQuestion(warehouse.name))
    floor = _floor(ledger, warehouse, line)
    waiting: MintWait | None = None
    done, newer, cut_off = 0, None, _CutOff()
    while True:
        fresh = ledger.firing(warehouse.name, floor, _doubled(done))
        if not fresh or done >= len(fresh):
            return None, cut_off.told(waiting)
        if not warehouse.checks:
            return fresh[0], None
        sha = fresh[done]
        evidence = _evidence(ledger, warehouse, line, sha, newer)
        if evidence is None:
            for other in fresh[done + 1 : _doubled(done)]:
                ledger.checks(other, MINTING)
            return None, cut_off.told(waiting)
        if evidence.outcome == "passed":
            return sha, cut_off.told(waiting)
        if waiting is None:
            waiting = _waits(warehouse, sha, evidence)
        cut_off.look(warehouse, ledger.checks(sha, MINTING))
        done, newer = done + 1, sha


@dataclass(slots=True)
class _CutOff:
    """Counts the newest heads whose checks were cancelled, one after the other."""

    count: int = 0
    over: bool = False

    def look(self, warehouse: Warehouse, checks: CommitChecks | None) -> None:
        """The next older commit; it decides nothing if no check ran, or one is unfinished."""
        if checks is None:
            return
        runs = [
            run for run in checks.runs if any(named(rule, run.name) for rule in warehouse.checks)
        ]
        if not runs or any(goes_on(run, checks) for run in runs):
            return
        self.over = self.over or not any(run.conclusion == "cancelled" for run in runs)
        self.count += not self.over

    def told(self, wait: MintWait | None) -> MintWait | None:
        """What *wait* is, with what was counted."""
        if wait is None or wait.failed:
            return wait
        return replace(wait, cut_off=self.count >= CUT_OFF)


def _floor(ledger: Ledger, warehouse: Warehouse, line: Line) -> int:
    """The place of the newest freight: what may be minted is above it."""
    newest = ledger.newest(warehouse.name)
    return BEGINNING if newest is None else line.places[newest.sha]


def _doubled(done: int) -> int:
    """How many are asked for at once, so that a long way takes few rounds of questions."""
    return 1 << done.bit_length()


def _waits(warehouse: Warehouse, sha: Sha, evidence: Evidence) -> MintWait:
    failed = evidence.outcome == "failed"
    going = tuple((run.name, run.url) for run in evidence.unfinished)
    urls = tuple(evidence.about) if failed else going
    return MintWait(warehouse.name, sha, evidence.names, failed, evidence.wake_at, urls=urls)


def _evidence(
    ledger: Ledger, warehouse: Warehouse, line: Line, sha: Sha, newer: Sha | None
) -> Evidence | None:
    """
    The commit's own checks; of those that never started there, the nearest later commit with the
    same watched content that has them. *newer*: the next commit with other content.
    """
    snapshot = ledger.snapshot
    places: list[CommitChecks] = []
    way = (sha, *line.between(sha, newer))
    quiet_until = line.heads[sha] + snapshot.quiet if sha in line.heads else None
    while True:
        checks = ledger.checks(way[len(places)], MINTING)
        if checks is None:
            for other in way[len(places) + 1 : _doubled(len(places))]:
                ledger.checks(other, MINTING)
            return None
        places.append(checks)
        ask = Ask(tuple(places), snapshot.app_id, None, snapshot.now, snapshot.quiet)
        evidence = judge(warehouse.checks, ask)
        if not evidence.further or len(places) == len(way):
            return evidence
        if len(places) == 1 and quiet_until is not None and snapshot.now < quiet_until:
            # A push's head: its checks may be about to start.
            wake_at = min(filter(None, (evidence.wake_at, quiet_until)))
            return replace(evidence, wake_at=wake_at)
