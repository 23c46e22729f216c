"""
Jobs of GitHub Actions that wait at an environment whose deployment protection rule we are.

https://docs.github.com/actions/concepts/workflows-and-actions/deployment-environments
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.names import Sha

ENDED_DEPLOYMENTS = frozenset({"success", "failure", "error", "inactive"})
"""GitHub's words for deployments whose job has ended."""


@dataclass(frozen=True, slots=True)
class PendingDeployment:
    """Jobs of a workflow run wait at an environment, and GitHub has no answer of ours yet."""

    run: int
    """GitHub's id of the run."""
    environment: str
    asked_at: datetime
    """When we first heard that they wait."""
    placed: int = 0
    """The attempt of the run for which the place in the queue was said there; 0: for none."""
    tried: int = 0
    """
    The lock request under which we began to let them in; whether GitHub took that is not known. 0:
    none.
    """


NO_COMMIT = Sha("")


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A workflow run as it is now: https://docs.github.com/rest/actions/workflow-runs."""

    id: int
    attempt: int = 0
    """Rises with each re-run; 1 is the first."""
    status: str = ""
    """GitHub's word: `completed`, or something unfinished."""
    conclusion: str | None = None
    """GitHub's word; None until completed."""
    head: Sha = NO_COMMIT
    path: str = ""
    """Its workflow's file, from the root of the repository."""
    name: str = ""
    """Foreign text."""
    title: str = ""
    """Foreign text: GitHub calls it the display title."""
    suite: int = 0
    """The check suite of its jobs."""
    gone: bool = False
    """It is not there any more."""
    ours: bool = False
    """Our App asked for it: it is its account's, by number."""
    url: str = ""
    """Its page."""
    foreign: bool = False
    """Its head is in another repository, a fork, or in one that is gone."""
    actor: int = 0
    """The number of the account that started it, or its newest attempt; 0: not known."""
    of_pull: bool = False
    """A pull request started it: GitHub does not say for sure which one."""

    @property
    def ended(self) -> bool:
        """All of its jobs have ended."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Job:
    """A job of one attempt of a run: https://docs.github.com/rest/actions/workflow-jobs."""

    id: int
    name: str
    status: str
    """GitHub's word: `completed`, or something unfinished."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of a commit to an environment: https://docs.github.com/rest/deployments."""

    id: int
    state: str
    """GitHub's newest word of it."""
    run: int = 0
    """Whose it is; 0 where GitHub does not say."""
    job: int = 0
    """The job of that *run*; 0 where GitHub does not say."""
