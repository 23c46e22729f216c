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
    for promotion in ledger.snapshot.records.promotions:
        if (
            promotion.started is None
            or not promotion.ended
            or not goes_on_being_sought(ledger, promotion)
        ):
            continue
        try:
            actions += _followed(ledger, promotion, promotion.started)
        except CannotAsk:
            continue
        wakes.append(next_look(ledger, promotion.started))
    return StagePlan(tuple(actions), wakes=tuple(wakes))


def _followed(ledger: Ledger, promotion: Promotion, known: StartedRun) -> Iterator[Action]:
    started_run = seek(ledger, promotion, known)
    if started_run is None or started_run == known:
        return
    if not started_run.run:
        yield record(replace(promotion, started=started_run))
        return
    its_own = counts(ledger, promotion, started_run.head)
    if its_own is None:
        return
    if not its_own or promotion.reason in STOPPED:
        yield CancelChecks(promotion.id, (as_check(started_run, started_run.run),))
    if not its_own:
        started_run = StartedRun(known.file, strays=(*known.strays, started_run.run))
    yield record(replace(promotion, started=started_run))
