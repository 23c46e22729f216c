"""
Visitors: verifying jobs that run without a grant on what a locked stage landed before.

Somebody ran a check again. It disturbs whoever shares the lock, granted or not: it takes its
stage's permits, beyond them if need be, and gives them back when it has ended (`lockstep`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.evidence.matching import running
from app.core.evidence.promotion_evidence import WATCH
from app.core.model.ci_jobs import JobRequest
from app.core.model.facts import CommitChecks
from app.core.model.lock_requests import HOLDING
from app.core.model.names import GroupName, StageName
from app.core.model.pipeline import CheckRule, Stage
from app.core.model.questions import CannotAsk
from app.core.model.records import ENDED, Promotion
from app.core.planning.actions import Action
from app.core.planning.locking import occupy, wanted
from app.core.state.ledger import Ledger, StageView
from app.core.state.workflow_runs import workflow_run

WAITING = "waiting"
"""GitHub's status of a job that has not been let in at its environment."""


def visitors(ledger: Ledger) -> list[Action]:
    """
    What they take. Looked at is where each stage is, and what landed there in the last 14 days as
    far as deliveries told of it; who cannot be asked takes nothing new.
    """
    found: list[Action] = []
    granted = {r.promotion for r in ledger.live if r.state in HOLDING}
    disturbing = _disturbing(ledger)
    for view in ledger.views.values():
        for row, stage in _landings(ledger, view) if view.stage.name in disturbing else ():
            if row.id in granted:
                continue
            try:
                if _visited(ledger, view, row, stage.verify):
                    found += occupy(ledger, row)
            except CannotAsk:
                continue
    return found


def _disturbing(ledger: Ledger) -> set[StageName]:
    """The stages that have both a check and a lock, now or as what they landed began."""
    versions = (ledger.pipeline, *ledger.snapshot.pipelines.values())
    stages = [stage for version in versions for stage in version.stages.values()]
    locked = {s.name for s in stages if s.locks}
    return {s.name for s in stages if s.name in locked and s.verifies}


def _landings(ledger: Ledger, view: StageView) -> Iterator[tuple[Promotion, Stage]]:
    """
    The newest promotion of each commit of a locked stage that landed, if all there has ended, and
    the stage as it was for it.
    """
    newest = {p.landed: p for p in view.promotions if p.landed is not None and not p.adopted}
    oldest = ledger.snapshot.now - WATCH
    for row in newest.values():
        if row.state not in ENDED or (row.landed_at or row.created_at) <= oldest:
            continue
        stage = ledger.known(row)
        if stage is not None and stage.verifies and (stage.locks or ledger.groups(row)):
            yield row, stage


def _visited(ledger: Ledger, view: StageView, row: Promotion, rules: tuple[CheckRule, ...]) -> bool:
    if row.landed is None:
        return False
    groups = wanted(ledger, row)
    if row.started is not None and row.started.suite:
        beside = ledger.heard(row.started.head)
        if beside is not None and _goes_on(_uninvited(ledger, beside, groups), row.started.suite):
            return True
    here = view.current is not None and view.current.landed == row.landed
    said = ledger.checks(row.landed, known=True) if here else ledger.heard(row.landed)
    if said is None or not running(rules, said, ledger.snapshot.app_id):
        return False
    return running(rules, _uninvited(ledger, said, groups), ledger.snapshot.app_id)


def _goes_on(said: CommitChecks, suite: int) -> bool:
    """
    Tell whether a job of the run that we had started is running again. Where its suite says that it
    is over it is: its evidence reads that, too, and would give back what is taken here.
    """
    if any(one.id == suite and one.status == "completed" for one in said.suites):
        return False
    return any(run.suite_id == suite and run.conclusion is None for run in said.runs)


def _uninvited(ledger: Ledger, said: CommitChecks, groups: tuple[GroupName, ...]) -> CommitChecks:
    """
    Without the jobs that wait at an environment, or were let in there, or asked for *groups* with
    GitHub's token: they have, or wait for, a grant of their own.
    """
    held = [r for r in ledger.direct if r.kind == "job" and r.state in HOLDING]
    found = (workflow_run(ledger, request.run) for request in held)
    invited = {run.suite for run in found if run is not None}
    asked, suites = _asked(ledger, groups)
    left = (
        r
        for r in said.runs
        if r.status != WAITING and r.suite_id not in invited | suites and r.id not in asked
    )
    return replace(said, runs=tuple(left))


def _asked(ledger: Ledger, groups: tuple[GroupName, ...]) -> tuple[set[int], set[int]]:
    """
    The jobs that asked for all of *groups* by themselves, with GitHub's token, and the suites of
    those runs of which the token does not say which job it is.
    """
    asks = [
        one
        for one in ledger.snapshot.records.job_requests
        if one.attempt.repository == ledger.snapshot.repo.id
    ]
    whole = [a for a in asks if set(groups) <= {b.group for b in asks if _same_job(a, b)}]
    found = (workflow_run(ledger, one.attempt.run) for one in whole if not one.job)
    return {one.job for one in whole if one.job}, {run.suite for run in found if run is not None}


def _same_job(one: JobRequest, other: JobRequest) -> bool:
    return (one.attempt, one.job) == (other.attempt, other.job)
