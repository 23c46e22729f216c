"""
Jobs of a locked stage that take its lock themselves: at a GitHub environment, or with GitHub's
token. Who waits there has not begun its test, by the word of whoever wrote the job.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from app.core.evidence.promotion_evidence import of_promotion
from app.core.model.ci_jobs import JobRequest
from app.core.model.facts import CheckFact, CommitChecks
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.names import GroupName
from app.core.model.records import Promotion
from app.core.planning.joining import crowded
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import jobs, workflow_run

WAITING = "waiting"
"""GitHub's status of a job that has not been let in at its environment."""


def uninvited(ledger: Ledger, said: CommitChecks, groups: tuple[GroupName, ...]) -> CommitChecks:
    """
    Without the jobs that wait at an environment, or were let in there, or asked for *groups* with
    GitHub's token: they have, or wait for, a grant of their own.
    """
    held = [r for r in ledger.direct if r.kind == "job" and r.state in HOLDING]
    invited = _suites(ledger, {request.run for request in held})
    whole = [ask for ask in _asks(ledger) if _asks_for(ledger, ask, groups)]
    asked = {ask.job for ask in whole if ask.job}
    suites = _suites(ledger, {ask.attempt.run for ask in whole if not ask.job})
    left = (
        r
        for r in said.runs
        if r.status != WAITING and r.suite_id not in invited | suites and r.id not in asked
    )
    return replace(said, runs=tuple(left))


def queues_itself(ledger: Ledger, request: LockRequest, promotion: Promotion) -> bool:
    """
    Tell whether *request*, a visitor beyond the permits, is needless: each job because of which it
    is there waits for all of its groups, and would wait for itself, too, and for others like it.
    CannotAsk.

    Where it is not known that it is this very job that waits, it is not so.
    """
    beyond = any(crowded(ledger, request, group) for group in request.groups)
    if not beyond or not ledger.ran_again(request):
        return False
    going = _going(ledger, promotion)
    return bool(going) and all(_waits(ledger, check, request.groups) for check in going)


def _going(ledger: Ledger, promotion: Promotion) -> Sequence[CheckFact]:
    """What runs of *promotion*, job by job; of a run that we started its jobs, awaited or not."""
    evidence = of_promotion(ledger, promotion)
    if evidence is None:
        return ()
    started = promotion.started
    if started is None or all(check.id != started.run for check in evidence.unfinished):
        return evidence.unfinished
    place = ledger.checks(started.head, f"run of {promotion.id}", known=True)
    of_run = [run for run in place.runs if run.suite_id == started.suite] if place else []
    of_run = [run for run in of_run if run.conclusion is None]
    others = [check for check in evidence.unfinished if check.id != started.run]
    return (*of_run, *others) if of_run else ()


def _waits(ledger: Ledger, check: CheckFact, groups: Collection[GroupName]) -> bool:
    if check.status == WAITING:
        return set(groups) <= _guarding(ledger, check.suite_id)
    mine = [ask for ask in _asks(ledger) if _is_of(ledger, ask, check)]
    return set(groups) <= {ask.group for ask in mine} and all(ask.queued for ask in mine)


def _guarding(ledger: Ledger, suite: int) -> set[GroupName]:
    """The groups of the environments at which jobs of *suite* wait for us."""
    waits = [
        pending
        for pending in ledger.snapshot.records.pending
        if suite in _suites(ledger, {pending.run})
    ]
    groups = (ledger.pipeline.group_of(pending.environment) for pending in waits)
    return {group for group in groups if group is not None}


def _is_of(ledger: Ledger, ask: JobRequest, check: CheckFact) -> bool:
    """
    Tell whether *check* is the job that asks; where its token does not say, it has to be the only
    one of its run that goes on.
    """
    if ask.job:
        return ask.job == check.id
    if check.suite_id not in _suites(ledger, {ask.attempt.run}):
        return False
    there = jobs(ledger, ask.attempt.run, ask.attempt.attempt)
    return [job.id for job in there or () if job.status != "completed"] == [check.id]


def _asks(ledger: Ledger) -> list[JobRequest]:
    """Those of this repository's jobs."""
    own = ledger.snapshot.repo.id
    asks = ledger.snapshot.records.job_requests
    return [ask for ask in asks if ask.attempt.repository == own]


def _asks_for(ledger: Ledger, ask: JobRequest, groups: tuple[GroupName, ...]) -> bool:
    """Tell whether the job of *ask* asked for all of *groups*, one by one."""
    asks = _asks(ledger)
    same = {o.group for o in asks if (o.attempt, o.job) == (ask.attempt, ask.job)}
    return set(groups) <= same


def _suites(ledger: Ledger, runs: Collection[int]) -> set[int]:
    """The check suites of these workflow runs, as far as they are known."""
    known = (workflow_run(ledger, run) for run in runs)
    return {run.suite for run in known if run is not None}
