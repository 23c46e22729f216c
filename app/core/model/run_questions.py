"""Questions about workflow runs of GitHub Actions: a part of `questions`."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.names import Sha


@dataclass(frozen=True, slots=True)
class RunQuestion:
    """What is this workflow run doing?"""

    run: int


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """What is this workflow run of the repository with that number, ours or another, doing?"""

    repository: int
    run: int


@dataclass(frozen=True, slots=True)
class StartedQuestion:
    """Which runs of a workflow did somebody start by a request?"""

    file: str
    """The workflow's, below `.github/workflows`."""
    branch: str
    """For which they were started."""
    after: int
    """Only runs above this id."""


@dataclass(frozen=True, slots=True)
class JobsQuestion:
    """Which jobs has this attempt of a workflow run?"""

    run: int
    attempt: int


@dataclass(frozen=True, slots=True)
class DeploymentsQuestion:
    """What became of the deployments of the commit to the environment?"""

    head: Sha
    environment: str


OfRuns = RunQuestion | ProbeQuestion | StartedQuestion | JobsQuestion | DeploymentsQuestion
