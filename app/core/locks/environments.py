"""
Which jobs of a workflow run are at an environment, under which grant they were let in there, and
whether the last of them has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.ci_jobs import CiJob
from app.core.model.deployments import ENDED_DEPLOYMENTS, Deployment, Job
from app.core.model.lock_requests import HOLDING, DirectRequest


def let_in_under(job: CiJob, requests: Iterable[DirectRequest]) -> DirectRequest | None:
    """
    The grant among *requests* under which *job* stands at its environment; None: it has none there.

    A grant is for one environment of one attempt of a run, and GitHub's token says which that is.
    """
    place = (job.attempt.repository, f"{job.attempt.run}/{job.attempt.attempt}")
    there = job.environment.casefold()
    for request in requests:
        if request.kind != "job" or request.state not in HOLDING:
            continue
        if (request.repo_id, request.owner) == place and request.asker.casefold() == there:
            return request
    return None


def all_ended(run: int, jobs: Sequence[Job], deployments: Iterable[Deployment]) -> bool:
    """
    Tell whether the jobs of *run* at an environment have ended for sure.

    *deployments* are those of its commit to the environment, *jobs* those of its attempt. A job
    that has not begun has no deployment yet: the others of its matrix, which bear the same name
    before their brackets, stand for it. Where nothing can be told they have not: the run's own end
    will tell.
    """
    here = [deployment for deployment in deployments if deployment.run in (run, 0)]
    ours = [deployment for deployment in here if deployment.run == run]
    if not ours or any(deployment.state not in ENDED_DEPLOYMENTS for deployment in here):
        return False
    there = {deployment.job for deployment in ours}
    names = {matrix(job.name) for job in jobs if job.id in there}
    return all(job.status == "completed" for job in jobs if matrix(job.name) in names)


def matrix(name: str) -> str:
    """What the jobs of one matrix have in common: ``e2e`` of ``e2e (chrome, 2)``."""
    return name.partition(" (")[0]
