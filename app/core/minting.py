"""Which commit becomes freight."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.actions import Mint
from app.core.facts import CommitChecks
from app.core.ledger import Ledger
from app.core.model import Warehouse
from app.core.names import FreightId, Sha
from app.core.plans import MintWait
from app.core.questions import CannotAsk, LineQuestion, Unanswered
from app.core.records import Freight
from app.core.snapshot import Line
from app.core.verify import Ask, Evidence, judge

ASK_AT_MOST = 5
"""How many commits without an answer are asked about in one tick, newest first."""


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
            found = _unknown(warehouse, line, error.unanswered)
        if isinstance(found, MintWait):
            waits.append(found)
        elif found is not None:
            freight = FreightId(warehouse.name, found)
            mints.append(Mint(Freight(freight, ledger.snapshot.now)))
    return tuple(mints), tuple(waits)


def _unknown(warehouse: Warehouse, line: Line, unanswered: Unanswered) -> MintWait | None:
    """The commit that would be asked about first; its answer is not known now."""
    if not line.firing:
        return None
    names = tuple(rule.pattern for rule in warehouse.checks)
    wake_at = unanswered.next_look
    return MintWait(warehouse.name, line.firing[0], names, False, wake_at, unanswered.words)


def _candidate(ledger: Ledger, warehouse: Warehouse, line: Line) -> Sha | MintWait | None:
    ledger.knows(LineQuestion(warehouse.name))
    fresh = list(_newer_than_minted(ledger, warehouse, line))
    if not fresh or not warehouse.checks:
        return fresh[0] if fresh else None
    waiting: MintWait | None = None
    for sha in fresh[:ASK_AT_MOST]:
        evidence = _evidence(ledger, warehouse, line, sha)
        if evidence is None:
            return waiting
        if evidence.outcome == "passed":
            return sha
        if waiting is None:
            failed = evidence.outcome == "failed"
            waiting = MintWait(warehouse.name, sha, evidence.names, failed, evidence.wake_at)
    return waiting


def _newer_than_minted(ledger: Ledger, warehouse: Warehouse, line: Line) -> Iterable[Sha]:
    """Firing commits above the newest freight that is on the line, newest first."""
    minted = ledger.minted.get(warehouse.name, ())
    floor = ledger.age(minted[0]) if minted else None
    places = ledger.place[warehouse.name]
    for sha in line.firing:
        age = places.get(sha)
        if age is None:
            continue
        if floor is not None and age >= floor:
            return
        yield sha


def _evidence(ledger: Ledger, warehouse: Warehouse, line: Line, sha: Sha) -> Evidence | None:
    """The commit's own checks; where none started, those of the nearest with the same content."""
    places: list[CommitChecks] = []
    for place in (sha, *line.same.get(sha, ())[:2]):
        checks = ledger.checks(place)
        if checks is None:
            return None
        places.append(checks)
    snapshot = ledger.snapshot
    ask = Ask(tuple(places), snapshot.app_id, None, snapshot.now, snapshot.quiet)
    return judge(warehouse.checks, ask)
