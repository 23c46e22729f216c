"""What GitHub says of workflow runs, asked once a tick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.model.deployments import Deployment, WorkflowRun
from app.core.model.names import Repo, Sha
from app.core.model.run_questions import (
    DeploymentsQuestion,
    JobsQuestion,
    OfRuns,
    ProbeQuestion,
    RunQuestion,
    StartedQuestion,
)
from app.core.model.snapshot import Snapshot
from app.engine.survey.memo import Memo
from app.engine.survey.organizations import Neighbours
from app.errors import Denied, Missing, Transient
from app.ports import Forge


def of_runs(
    forge: Forge, memo: Memo, snapshot: Snapshot, question: OfRuns, beside: Neighbours | None
) -> Snapshot:
    """
    *snapshot* with the answer to *question*; raises what asking raises.

    Deployments that we may not see, or a server that has none, tell nothing: then the run's own end
    tells.
    """
    repo = snapshot.repo
    match question:
        case RunQuestion(run):
            if run not in memo.runs:
                memo.runs[run] = _run(forge, repo, run)
            return replace(snapshot, workflow_runs={**snapshot.workflow_runs, run: memo.runs[run]})
        case ProbeQuestion(repository, run):
            asked = repository, run
            if asked not in memo.probed:
                memo.probed[asked] = _probed(forge, repo, question, beside)
            return replace(snapshot, probed={**snapshot.probed, asked: memo.probed[asked]})
        case StartedQuestion(file, branch, after):
            known = file, branch, after
            if known not in memo.started:
                runs = forge.started_runs(repo, file, branch)
                memo.started[known] = tuple(run for run in runs if run.id > after)
            there = {**snapshot.started, question: memo.started[known]}
            return replace(snapshot, started=there)
        case JobsQuestion(run, attempt):
            key = run, attempt
            if key not in memo.jobs:
                memo.jobs[key] = tuple(forge.jobs(repo, run, attempt))
            return replace(snapshot, jobs={**snapshot.jobs, key: memo.jobs[key]})
        case DeploymentsQuestion(head, environment):
            place = head, environment
            if place not in memo.deployments:
                memo.deployments[place] = _deployments(forge, snapshot, head, environment)
            deployed = {**snapshot.deployments, place: memo.deployments[place]}
            return replace(snapshot, deployments=deployed)


def started_heads(snapshot: Snapshot) -> Iterator[Sha]:
    """The commits of runs that were started for promotions that are under way."""
    for promotion in snapshot.records.promotions:
        if not promotion.ended and promotion.started is not None and promotion.started.run:
            run = snapshot.workflow_runs.get(promotion.started.run)
            yield run.head if run is not None else promotion.started.head


def _run(forge: Forge, repo: Repo, run: int) -> WorkflowRun:
    try:
        return forge.workflow_run(repo, run)
    except Missing:
        return WorkflowRun(run, gone=True)


def _probed(
    forge: Forge, repo: Repo, question: ProbeQuestion, beside: Neighbours | None
) -> WorkflowRun:
    """
    The run of our or another repository, which is asked for by its number: a name may be another's
    by now, and what is missing in a repository that we do not see is not gone.
    """
    if question.repository == repo.id:
        return _run(forge, repo, question.run)
    known = beside.other(question.repository) if beside is not None else None
    if known is None:
        message = f"the App is not at work in the repository {question.repository}"
        raise Transient(f"{message}: whether its run {question.run} has ended is not known")
    try:
        return _run(forge, forge.repository(known).repo, question.run)
    except (Denied, Missing) as error:  # of that repository, which says nothing of ours
        raise Transient(error.message) from error


def _deployments(
    forge: Forge, snapshot: Snapshot, head: Sha, environment: str
) -> tuple[Deployment, ...]:
    try:
        return tuple(forge.deployments(snapshot.repo, head, environment))
    except (Denied, Missing):
        return ()
