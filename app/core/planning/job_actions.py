"""What a plan may ask of workflow runs and their jobs: a part of `actions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.core.locks.protocol import Ending
from app.core.model.deployments import PendingDeployment, WorkflowRun
from app.core.model.lock_reasons import LockReason
from app.core.model.names import GroupName
from app.core.model.records import Promotion


@dataclass(frozen=True, slots=True)
class QueueJobs:
    """Queue the jobs that wait at an environment for its lock group."""

    pending: PendingDeployment
    run: WorkflowRun
    group: GroupName
    ttl: timedelta
    """How long a grant lasts."""


@dataclass(frozen=True, slots=True)
class PlaceJobs:
    """Say at the environment, once an attempt, where the jobs stand in the queue."""

    pending: PendingDeployment
    request: int
    """Their lock request."""
    attempt: int
    """The attempt of the run."""


Leave = Literal["granted", "joined", "unnamed", "no-file", "timed-out", "too-large"]
"""The answer to jobs that wait at an environment, and why; the last two of these say no."""


@dataclass(frozen=True, slots=True)
class AnswerJobs:
    """Give GitHub the answer to the jobs that wait at an environment."""

    pending: PendingDeployment
    leave: Leave
    request: int = 0
    """
    The lock request under which it is given: where they *joined* a stage's, that. 0: there is none.
    """
    end: Ending | None = None
    """What the answer is for the request."""
    back: Ending | None = None
    """What the action means for the request once no job waits for the answer."""


@dataclass(frozen=True, slots=True)
class JoinGrant:
    """The job whose lock request *request* is has a part in the grant of a stage: nothing new."""

    request: int
    grant: int


@dataclass(frozen=True, slots=True)
class QueueAlone:
    """The job whose lock request *request* is joins nothing, and waits for its own turn."""

    request: int


@dataclass(frozen=True, slots=True)
class DoubtJob:
    """Say of the job whose lock request *request* is why nobody knows yet whether it joins."""

    request: int
    reason: LockReason


@dataclass(frozen=True, slots=True)
class EndPart:
    """The job has ended, or the grant in which *request* had a part."""

    request: int


@dataclass(frozen=True, slots=True)
class StartRun:
    """Start the workflow that verifies what *promotion* has landed."""

    promotion: Promotion


@dataclass(frozen=True, slots=True)
class ForgetJobs:
    """Nobody waits there any more."""

    pending: PendingDeployment


JobAction = (
    QueueJobs
    | PlaceJobs
    | AnswerJobs
    | ForgetJobs
    | JoinGrant
    | QueueAlone
    | DoubtJob
    | EndPart
    | StartRun
)
