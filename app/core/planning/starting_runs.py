"""
`verify: {workflow: FILE}`: a run is started for what has landed, found, and held to its outputs.

Its start is stored before it is asked for. Where GitHub gives no id back, or its answer is lost,
the run is sought among those that our App started: by the promotion's id in its title, and else
because one is started after the other, so that it can be no other's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.evidence.started_run import as_check, counts
from app.core.model.deployments import WorkflowRun
from app.core.model.lock_requests import HOLDING
from app.core.model.names import StageName
from app.core.model.records import Promotion
from app.core.model.run_questions import StartedQuestion
from app.core.model.started_runs import LOST, UNKNOWN, StartedRun
from app.core.model.subjects import Subject
from app.core.model.verdicts import Reason, Verdict
from app.core.planning.actions import CancelChecks
from app.core.planning.job_actions import StartRun
from app.core.planning.retry_pauses import LAST
from app.core.planning.stage_plan import StagePlan, record, under_way
from app.core.remarks import promotions as remarks
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import started as runs_started
from app.core.state.workflow_runs import workflow_run

LOOK = timedelta(seconds=10)
"""How soon a run that is sought is looked for again."""
MOST_STRAYS = 3


def started_run(ledger: Ledger, promotion: Promotion) -> StagePlan | None:
    """
    The next step to a run that counts for *promotion*; None: it is there, and awaited. CannotAsk.
    """
    file = ledger.stage_terms(promotion).workflow
    if file is None:
        return None
    known = promotion.started or StartedRun(file)
    if known.run:
        return _seen(ledger, promotion, known)
    if known.begun_at is not None:
        return _sought(ledger, promotion, known)
    if known.strays:
        last = workflow_run(ledger, known.strays[-1])
        if last is None or not (last.ended or last.gone):
            return _waits(ledger, promotion, known)
    if _another_is_sought(ledger, promotion, known):
        return _waits(ledger, promotion, known)
    return StagePlan((StartRun(promotion),), verdict=_verdict(promotion, known))


def _verdict(promotion: Promotion, known: StartedRun) -> Verdict:
    return under_way(promotion, Reason.VERIFYING, about=(Subject(known.file, known.url),))


def _waits(ledger: Ledger, promotion: Promotion, known: StartedRun) -> StagePlan:
    look = next_look(ledger, known)
    return StagePlan(verdict=_verdict(promotion, known)._replace(wake_at=look), wakes=(look,))


def next_look(ledger: Ledger, known: StartedRun) -> datetime:
    """Every few seconds at first, and later as long as it has been sought, at most 5 min."""
    now = ledger.snapshot.now
    since = timedelta() if known.begun_at is None else now - known.begun_at
    return now + (LOOK if since < LOST else min(since, LAST))


def one_at_a_time(
    ledger: Ledger, plans: Mapping[StageName, StagePlan]
) -> dict[StageName, StagePlan]:
    """*plans* with one start for each workflow and branch: the others wait for its run."""
    begun: set[tuple[str, str]] = set()
    return {name: _after_others(ledger, made, begun) for name, made in plans.items()}


def _after_others(ledger: Ledger, made: StagePlan, begun: set[tuple[str, str]]) -> StagePlan:
    """Also notes in *begun* what *made* starts."""
    start = next((start_run for start_run in made.actions if isinstance(start_run, StartRun)), None)
    if start is None:
        return made
    stage = ledger.stage_terms(start.promotion)
    place = stage.workflow or "", ledger.branch(stage)
    if place not in begun:
        begun.add(place)
        return made
    left = tuple(action for action in made.actions if action is not start)
    return made._replace(actions=left, wakes=(*made.wakes, ledger.snapshot.now + LOOK))


def goes_on_being_sought(ledger: Ledger, promotion: Promotion) -> bool:
    """
    Tell whether a run may still come, or be found, of which it matters that it is *promotion*'s.

    An ended promotion's does while that holds a grant, and as long as it would have been awaited.
    """
    known, stage = promotion.started, ledger.known(promotion)
    if known is None or known.begun_at is None or known.suite or stage is None:
        return False
    if not promotion.ended or any(
        r.state in HOLDING for r in ledger.asked_by.get(promotion.id, ())
    ):
        return True
    return ledger.snapshot.now < known.begun_at + stage.timeout


def _another_is_sought(ledger: Ledger, promotion: Promotion, known: StartedRun) -> bool:
    """Only one run a workflow is searched for at a time: two could not be told apart."""
    branch = ledger.base(promotion)
    return any(
        other.started is not None
        and other.started.sought
        and other.id != promotion.id
        and other.started.file == known.file
        and goes_on_being_sought(ledger, other)
        and ledger.base(other) == branch
        for other in ledger.snapshot.records.promotions
    )


def _sought(ledger: Ledger, promotion: Promotion, known: StartedRun) -> StagePlan:
    started = seek(ledger, promotion, known)
    if started is None:
        return StagePlan(verdict=_verdict(promotion, known))
    if started == known:
        return _waits(ledger, promotion, known)
    return StagePlan((record(replace(promotion, started=started)),))


def seek(ledger: Ledger, promotion: Promotion, known: StartedRun) -> StartedRun | None:
    """
    What is known of the run by now: the same, or it was found, or none was started, for which
    `begun_at` is None. None: not known yet (a question was asked). CannotAsk.
    """
    if known.run:
        run = workflow_run(ledger, known.run)
        if run is None:
            return None
        return known if run.gone or not run.suite else _of(known, run)
    branch = ledger.base(promotion)
    runs = runs_started(ledger, StartedQuestion(known.file, branch, known.after))
    if runs is None:
        return None
    ours = _ours(ledger, promotion, known, runs)
    if ours is not None:
        return _of(known, ours)
    lost = known.begun_at is None or ledger.snapshot.now >= known.begun_at + LOST
    return replace(known, begun_at=None) if lost and not known.answered else known


def _ours(
    ledger: Ledger, promotion: Promotion, known: StartedRun, runs: tuple[WorkflowRun, ...]
) -> WorkflowRun | None:
    """
    Of those that our App started, the oldest that names the promotion; else the oldest that nobody
    else has. Whoever may start the workflow could name the promotion, too. Where nobody knows which
    were there before, the newest on what it landed, or else one that goes on, which may be its.
    """
    left = [run for run in runs if run.ours and run.id not in known.strays]
    named = next((run for run in left if promotion.id in run.title), None)
    if named is not None:
        return named
    promotions = ledger.snapshot.records.promotions
    others = {
        other.started.run
        for other in promotions
        if other.started is not None and other.id != promotion.id
    }
    names = [promotion.id for promotion in promotions]
    nobodys = [
        run for run in left if run.id not in others and not any(name in run.title for name in names)
    ]
    if known.after == UNKNOWN:
        there = [run for run in nobodys if run.head == promotion.landed]
        nobodys = (there or [run for run in nobodys if not run.ended])[-1:]
    return next(iter(nobodys), None)


def _of(known: StartedRun, run: WorkflowRun) -> StartedRun:
    return replace(
        known, run=run.id, head=run.head, suite=run.suite, url=run.url or known.url, answered=True
    )


def _seen(ledger: Ledger, promotion: Promotion, known: StartedRun) -> StagePlan | None:
    """It counts, or is a stray; where it has gone, nothing more comes of it."""
    if not known.suite:
        return _sought(ledger, promotion, known)
    its_own = counts(ledger, promotion, known.head)
    if its_own is None:
        return StagePlan(verdict=_verdict(promotion, known))
    return None if its_own else _stray(ledger, promotion, known)


def _stray(ledger: Ledger, promotion: Promotion, known: StartedRun) -> StagePlan:
    """The branch moved on before it began: it is cancelled, and another one takes its place."""
    now = ledger.snapshot.now
    strays = (*known.strays, known.run)
    cancel = CancelChecks(promotion.id, (as_check(known, known.run),))
    again = replace(promotion, started=StartedRun(known.file, strays=strays))
    if len(strays) >= MOST_STRAYS:
        again = replace(
            again,
            errors_since=promotion.errors_since or now,
            retry_at=now + LAST,
            detail=remarks.runs_elsewhere(known.file, len(strays)),
        )
    return StagePlan((cancel, record(again)), verdict=_verdict(promotion, known))
