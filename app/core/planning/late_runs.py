"""
Runs of promotions that have ended: one that was still sought then goes on being looked for.

So its grant waits for that run's end and no longer, and no other promotion takes it for its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.evidence.started_run import as_check, counts
from app.core.model.questions import CannotAsk
from app.core.model.records import Promotion
from app.core.model.started_runs import StartedRun
from app.core.model.verdicts import Reason
from app.core.planning.actions import Action, CancelChecks
from app.core.planning.stage_plan import StagePlan, record
from app.core.planning.starting_runs import goes_on_being_sought, next_look, seek
from app.core.state.ledger import Ledger

STOPPED = frozenset(
    {Reason.CHECK_UNFINISHED, Reason.CHECK_NOT_STARTED, Reason.ERRORED, Reason.ROLLED_BACK}
)
"""Ends at which what runs is cancelled."""


def late_runs(ledger: Ledger) -> StagePlan:
    """What became of them; who cannot be asked is asked again later."""
    actions: list[Action] = []
    wakes = []
    for row in ledger.snapshot.records.promotions:
        if row.started is None or not row.ended or not goes_on_being_sought(ledger, row):
            continue
        try:
            actions += _followed(ledger, row, row.started)
        except CannotAsk:
            continue
        wakes.append(next_look(ledger, row.started))
    return StagePlan(tuple(actions), wakes=tuple(wakes))


def _followed(ledger: Ledger, row: Promotion, known: StartedRun) -> Iterator[Action]:
    found = seek(ledger, row, known)
    if found is None or found == known:
        return
    if not found.run:
        yield record(replace(row, started=found))
        return
    its_own = counts(ledger, row, found.head)
    if its_own is None:
        return
    if not its_own or row.reason in STOPPED:
        yield CancelChecks(row.id, (as_check(found, found.run),))
    if not its_own:
        found = StartedRun(known.file, strays=(*known.strays, found.run))
    yield record(replace(row, started=found))
