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
    """
    Jobs of a workflow *run* wait at *environment*, and GitHub has no answer of ours yet.

    *placed*: the attempt of the run for which the place in the queue was said there. *tried*: the
    lock request under which we began to let them in; whether GitHub took that is not known.
    """

    run: int
    environment: str
    asked_at: datetime
    placed: int = 0
    tried: int = 0


NO_COMMIT = Sha("")


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """
    A workflow run as it is now. *path* is its workflow's file; *suite* is the check suite
    of its jobs; *name* is foreign text. *foreign*: its head is in another repository, a fork, or in
    one that is gone. *gone*: it is not there any more.
    """

    id: int
    attempt: int = 0
    status: str = ""
    conclusion: str | None = None
    head: Sha = NO_COMMIT
    path: str = ""
    name: str = ""
    title: str = ""
    suite: int = 0
    gone: bool = False
    ours: bool = False
    """Our App asked for it: it is its account's, by number."""
    url: str = ""
    foreign: bool = False
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
    """A job of one attempt of a run; *status* is `completed` or something unfinished."""

    id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """
    A deployment of a commit to an environment. *state* is GitHub's newest word of it. *run* and
    *job* are whose it is, 0 where GitHub does not say.
    """

    id: int
    state: str
    run: int = 0
    job: int = 0
