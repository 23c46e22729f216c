"""Workflow runs of GitHub Actions, and the environments at which their jobs wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.names import Repo, Sha


class WorkflowRuns(Protocol):
    """Workflow runs of a forge: listing, starting and cancelling them."""

    def workflow_run(self, repo: Repo, run: int) -> WorkflowRun:
        """That run as it is now. Missing."""
        ...

    def started_runs(self, repo: Repo, file: str, branch: str) -> Sequence[WorkflowRun]:
        """The newest 100 runs of the workflow on *branch* that requests started, by rising id."""
        ...

    def start_workflow(
        self, repo: Repo, file: str, branch: str, inputs: Mapping[str, str]
    ) -> WorkflowRun:
        """
        Start the workflow on the branch; the run's id and page, as far as GitHub says them.

        Not idempotent: after a doubtful answer look with `started_runs` first. Missing: no such
        workflow on the default branch. Rejected: the branch's cannot be started so.
        """
        ...

    def jobs(self, repo: Repo, run: int, attempt: int) -> Sequence[Job]:
        """The jobs of one attempt. Missing."""
        ...

    def deployments(self, repo: Repo, head: Sha, environment: str) -> Sequence[Deployment]:
        """Those of the commit to the environment, each with its newest state."""
        ...

    def answer_jobs(
        self,
        repo: Repo,
        run: int,
        environment: str,
        comment: str,
        *,
        leave: bool | None = None,
    ) -> None:
        """
        Answer all jobs of *run* that wait at *environment* for us; without *leave* only comment.

        Missing, Rejected: nothing waits there for us (any more).
        """
        ...

    def waiting(self, repo: Repo, *, everywhere: bool) -> Sequence[tuple[int, str]]:
        """
        The (run, environment) whose jobs wait for our answer: in runs that wait as a whole, and
        (*everywhere*) in those of which other jobs go on.
        """
        ...
