"""Which commit becomes freight."""

from __future__ import annotations

from dataclasses import replace

from app.core.actions import Mint
from app.core.facts import CommitChecks
from app.core.ledger import Ledger
from app.core.model import Warehouse
from app.core.names import FreightId, Sha
from app.core.plans import MintWait
from app.core.questions import MINTING, CannotAsk, LineQuestion, Unanswered
from app.core.records import Freight
from app.core.snapshot import BEGINNING, Line
from app.core.verify import Ask, Evidence, judge


def mint(ledger: Ledger) -> tuple[tuple[Mint, ...], tuple[MintWait, ...]]:
    """At most one new freight for each warehouse: the newest commit whose checks passed."""
    mints, waits = [], []
    for warehouse in ledger.pipeline.warehouses.values():
        line = ledger.snapshot.lines.get(warehouse.name)
        if line is None:
            continue
        try:
            found = _candidate(ledger, warehouse, line)
        except CannotAsk as error:
            found = _unknown(ledger, warehouse, line, error.unanswered)
        if isinstance(found, MintWait):
            waits.append(found)
        elif found is not None:
            freight = FreightId(warehouse.name, found)
            mints.append(Mint(Freight(freight, ledger.snapshot.now)))
    return tuple(mints), tuple(waits)


def _unknown(ledger: Ledger, warehouse: Warehouse, line: Line, unanswered: Unanswered) -> MintWait:
    """The commit that would be asked about first; its answer is not known now."""
    floor = _floor(ledger, warehouse, line)
    commit = next((sha for sha in line.firing if line.places[sha] > floor), line.tip)
    names = tuple(rule.pattern for rule in warehouse.checks)
    wake_at = unanswered.next_look
    return MintWait(warehouse.name, commit, names, False, wake_at, unanswered.words)


def _candidate(ledger: Ledger, warehouse: Warehouse, line: Line) -> Sha | MintWait | None:
    """
    The newest whose checks passed, however far back; else why the newest is not freight yet.

    A red or unfinished commit hides no older one.
    """
    ledger.knows(LineQuestion(warehouse.name))
    floor = _floor(ledger, warehouse, line)
    waiting: MintWait | None = None
    done, newer = 0, None
    while True:
        fresh = ledger.firing(warehouse.name, floor, _doubled(done))
        if not fresh or done >= len(fresh):
            return waiting
        if not warehouse.checks:
            return fresh[0]
        sha = fresh[done]
        evidence = _evidence(ledger, warehouse, line, sha, newer)
        if evidence is None:
            for other in fresh[done + 1 : _doubled(done)]:
                ledger.checks(other, MINTING)
            return waiting
        if evidence.outcome == "passed":
            return sha
        if waiting is None:
            waiting = _waits(warehouse, sha, evidence)
        done, newer = done + 1, sha


def _floor(ledger: Ledger, warehouse: Warehouse, line: Line) -> int:
    """The place of the newest freight: what may be minted is above it."""
    minted = ledger.minted.get(warehouse.name, ())
    return line.places[minted[0].sha] if minted else BEGINNING


def _doubled(done: int) -> int:
    """How many are asked for at once, so that a long way takes few rounds of questions."""
    return 1 << done.bit_length()


def _waits(warehouse: Warehouse, sha: Sha, evidence: Evidence) -> MintWait:
    failed = evidence.outcome == "failed"
    urls = tuple((run.name, run.url) for run in evidence.failed)
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
