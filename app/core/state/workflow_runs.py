"""What GitHub says of workflow runs, their jobs and deployments: asked anew in each tick."""

from __future__ import annotations

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.names import Sha
from app.core.model.run_questions import (
    DeploymentsQuestion,
    JobsQuestion,
    ProbeQuestion,
    RunQuestion,
    StartedQuestion,
)
from app.core.state.ledger import Ledger


def workflow_run(ledger: Ledger, run: int) -> WorkflowRun | None:
    """The run as it is now; None (and a question) where not known yet. CannotAsk."""
    answer = ledger.snapshot.workflow_runs.get(run)
    if answer is None:
        ledger.want(RunQuestion(run))
    return answer


def probed(ledger: Ledger, repository: int, run: int) -> WorkflowRun | None:
    """That repository's run as it is now; None (and a question) where not known yet. CannotAsk."""
    answer = ledger.snapshot.probed.get((repository, run))
    if answer is None:
        ledger.want(ProbeQuestion(repository, run))
    return answer


def started(ledger: Ledger, question: StartedQuestion) -> tuple[WorkflowRun, ...] | None:
    """What answers *question*; None (and the question) where not known yet. CannotAsk."""
    runs = ledger.snapshot.started.get(question)
    if runs is None:
        ledger.want(question)
    return runs


def jobs(ledger: Ledger, run: int, attempt: int) -> tuple[Job, ...] | None:
    """The jobs of an attempt; None (and a question) where not known yet. CannotAsk."""
    answer = ledger.snapshot.jobs.get((run, attempt))
    if answer is None:
        ledger.want(JobsQuestion(run, attempt))
    return answer


def deployments(ledger: Ledger, head: Sha, environment: str) -> tuple[Deployment, ...] | None:
    """The deployments of *head* there; None (and a question) where not known yet. CannotAsk."""
    answer = ledger.snapshot.deployments.get((head, environment))
    if answer is None:
        ledger.want(DeploymentsQuestion(head, environment))
    return answer
