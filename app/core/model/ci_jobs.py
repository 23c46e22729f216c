"""A job of GitHub Actions, as the token says that it showed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.model.names import GroupName, Sha

_PULL = re.compile(r"refs/pull/([0-9]{1,9})/(?:merge|head)")
_ASKER = re.compile(r"run:([0-9]{1,18})/([0-9]{1,18})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class RunAttempt:
    """One attempt of a workflow run, by numbers."""

    repository: int
    """Where it runs."""
    run: int
    attempt: int
    """Rises with each re-run; 1 is the first."""

    def __str__(self) -> str:
        """The asker of a lock request: no token of the settings has a colon in its name."""
        return f"run:{self.repository}/{self.run}/{self.attempt}"

    @classmethod
    def of(cls, asker: str) -> RunAttempt | None:
        """The attempt that *asker* names; None: it is the name of a token."""
        match = _ASKER.fullmatch(asker)
        return None if match is None else cls(*map(int, match.groups()))


@dataclass(frozen=True, slots=True)
class CiJob:
    """Whose token it is, by the claims of GitHub's OIDC token."""

    attempt: RunAttempt
    owner: int
    """The number of the account that has the repository."""
    ref: str
    """The full name of what the run was started for: ``refs/heads/main``."""
    sha: Sha
    """The commit of *ref* that the run is for."""
    job: int = 0
    """The job's number in its run; 0 where the server's tokens do not say it."""
    environment: str = ""
    """The GitHub environment at which the job was let in; "" at none."""

    @property
    def pull(self) -> int | None:
        """The pull request whose run it is of; None: of none, or the token does not say."""
        match = _PULL.fullmatch(self.ref)
        return None if match is None else int(match[1])


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job of a workflow run, with what its token said, asks for a lock group."""

    request: int
    """The id of its own lock request."""
    attempt: RunAttempt
    group: GroupName
    """As the repository of *attempt* names it."""
    commit: Sha
    job: int = 0
    """As `CiJob.job`."""
    judged: bool = False
    """It is decided whether it joins the grant of a stage of that repository."""
    joined: int | None = None
    """
    The lock request of the grant in which it has a part; then its own has ended. None: in none.
    """
    doubt: str = ""
    """
    Why that cannot be decided now, a `LockReason`, as it was stored; "": it can, or nobody has
    tried.
    """
    queued: bool = True
    """It waits: it has neither been granted nor given a part."""
