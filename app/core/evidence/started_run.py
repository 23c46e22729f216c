"""What the workflow run that we started for a promotion says: it is a check of that name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.evidence.attempts import PASSES, SAYS_NOTHING, SKIPPED
from app.core.evidence.judge import Evidence
from app.core.evidence.matching import ACTIONS
from app.core.model.facts import CheckFact, CommitChecks
from app.core.model.lock_requests import HOLDING
from app.core.model.names import Sha
from app.core.model.records import Promotion
from app.core.model.started_runs import LOST, StartedRun
from app.core.model.subjects import Subject
from app.core.state.ledger import Ledger
from app.core.state.workflow_runs import workflow_run


def of_started(ledger: Ledger, promotion: Promotion, file: str) -> Evidence | None:
    """
    What the run of *file* that was started for *promotion* says; None: not known yet. CannotAsk.

    Its suite has its state and its conclusion: https://docs.github.com/rest/checks/suites. One that
    is sought may be running.
    """
    started = promotion.started
    if started is None or not started.run:
        return _unseen(ledger, promotion, file)
    awaited = (Subject(file, started.url),)
    run = as_check(started, started.run)
    if not started.suite:
        return _untold(ledger, promotion, run, awaited)
    place = ledger.checks(started.head, f"run of {promotion.id}", known=promotion.ended)
    if place is None:
        return None
    if all(suite.id != started.suite for suite in place.suites):
        return _untold(ledger, promotion, run, awaited)
    its_own = counts(ledger, promotion, started.head)
    if its_own is None:
        return None
    said = _told(place, run, awaited, ledger.snapshot.now)
    return said if its_own else Evidence("pending", awaited, unfinished=said.unfinished)


def counts(ledger: Ledger, promotion: Promotion, head: Sha) -> bool | None:
    """Tell whether a run on *head* ran on *promotion*'s outputs; None: not known yet. CannotAsk."""
    if head == promotion.landed:
        return True
    if promotion.stage not in ledger.pipeline.stages:
        return False
    held = ledger.held_at(head, promotion)
    return None if held is None else held == promotion.written


def _untold(
    ledger: Ledger, promotion: Promotion, run: CheckFact, awaited: tuple[Subject, ...]
) -> Evidence | None:
    """
    Its suite is not seen. In the first minutes it may not be listed yet; later the run itself is
    asked, which is deleted only after it has ended:
    https://docs.github.com/rest/actions/workflow-runs. What nobody waits for is not asked.
    """
    says_nothing = Evidence("pending", awaited)
    if promotion.ended and all(
        r.state not in HOLDING for r in ledger.asked_by.get(promotion.id, ())
    ):
        return says_nothing
    begun = promotion.started.begun_at if promotion.started is not None else None
    asked = workflow_run(ledger, run.id)
    if asked is None:
        return None
    young = begun is not None and ledger.snapshot.now < begun + LOST
    return says_nothing if asked.gone and not young else replace(says_nothing, unfinished=(run,))


def as_check(started: StartedRun, run: int) -> CheckFact:
    """The *run* as something that may be awaited, and cancelled; its page is named by its id."""
    page = started.url if run == started.run else f"/actions/runs/{run}"
    return CheckFact(run, started.file, "in_progress", None, ACTIONS, 0, started.suite, url=page)


def _unseen(ledger: Ledger, promotion: Promotion, file: str) -> Evidence | None:
    """None is known to count: nothing was started, or it is sought, or one of them is a stray."""
    started, awaited = promotion.started, (Subject(file, ""),)
    missing = () if promotion.ended else (file,)  # nothing is started for what has ended
    if started is None:
        return Evidence("pending", awaited, missing)
    if started.sought:
        return Evidence("pending", awaited, (file,), open_suites=True)
    stray = workflow_run(ledger, started.strays[-1]) if started.strays else None
    if started.strays and stray is None:
        return None
    going = (as_check(started, stray.id),) if stray and not (stray.ended or stray.gone) else ()
    return Evidence("pending", awaited, missing, unfinished=going)


def _told(
    place: CommitChecks, run: CheckFact, awaited: tuple[Subject, ...], now: datetime
) -> Evidence:
    suite = next(suite for suite in place.suites if suite.id == run.suite_id)
    jobs = [job for job in place.runs if job.suite_id == run.suite_id]
    if suite.status != "completed":
        return Evidence("pending", awaited, unfinished=(run,))
    at = max((job.completed_at for job in jobs if job.completed_at), default=now)
    if suite.conclusion in PASSES or suite.conclusion == SKIPPED:
        return Evidence("passed", at=at)
    if suite.conclusion is None or suite.conclusion in SAYS_NOTHING:
        return Evidence("pending", awaited)
    over = replace(run, status="completed", conclusion=suite.conclusion, completed_at=at)
    return Evidence("failed", awaited, failed=(over,), at=at)


def together(checks: Evidence | None, run: Evidence) -> Evidence:
    """Both have to pass; one that failed is enough to fail. None: no checks are awaited."""
    if checks is None:
        return run
    both = (checks, run)
    open_ones = [evidence for evidence in both if evidence.outcome != "passed"]
    failed = [evidence for evidence in both if evidence.outcome == "failed"]
    said = failed or open_ones
    ends = [evidence.at for evidence in failed or both if evidence.at is not None]
    return replace(
        checks,
        outcome="failed" if failed else "pending" if open_ones else "passed",
        about=tuple(subject for evidence in said for subject in evidence.about),
        missing=(*checks.missing, *run.missing),
        failed=(*checks.failed, *run.failed),
        unfinished=(*checks.unfinished, *run.unfinished),
        open_suites=checks.open_suites or run.open_suites,
        at=max(ends, default=None),
    )
