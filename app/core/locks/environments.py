"""Which jobs of a workflow run are at an environment, and whether the last of them has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.deployments import ENDED_DEPLOYMENTS, Deployment, Job


def all_ended(run: int, jobs: Sequence[Job], deployments: Iterable[Deployment]) -> bool:
    """
    Tell whether the jobs of *run* at an environment have ended for sure.

    *deployments* are those of its commit to the environment, *jobs* those of its attempt. A job
    that has not begun has no deployment yet: the others of its matrix, which bear the same name
    before their brackets, stand for it. Where nothing can be told they have not: the run's own end
    will tell.
    """
    found = [deployment for deployment in deployments if deployment.run in (run, 0)]
    ours = [deployment for deployment in found if deployment.run == run]
    if not ours or any(deployment.state not in ENDED_DEPLOYMENTS for deployment in found):
        return False
    there = {deployment.job for deployment in ours}
    names = {matrix(job.name) for job in jobs if job.id in there}
    return all(job.status == "completed" for job in jobs if matrix(job.name) in names)


def matrix(name: str) -> str:
    """What the jobs of one matrix have in common: ``e2e`` of ``e2e (chrome, 2)``."""
    return name.partition(" (")[0]
