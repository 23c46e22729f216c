"""A job of GitHub Actions, as the token says that it showed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.model.names import GroupName, Sha

_PULL = re.compile(r"refs/pull/([0-9]{1,9})/(?:merge|head)")
_ASKER = re.compile(r"run:([0-9]{1,18})/([0-9]{1,18})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class RunAttempt:
    """One attempt of a workflow run, by numbers; *repository* is where it runs."""

    repository: int
    run: int
    attempt: int

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
    """
    Whose token it is: *owner* is the account that has the repository, *ref* the full name of what
    the run was started for (``refs/heads/main``), *sha* its commit. *job* is the number of the job
    in its run; 0 where the server's tokens do not say it. *environment*: the GitHub environment at
    which the job was let in; "" at none.
    """

    attempt: RunAttempt
    owner: int
    ref: str
    sha: Sha
    job: int = 0
    environment: str = ""

    @property
    def pull(self) -> int | None:
        """The pull request whose run it is of; None: of none, or the token does not say."""
        match = _PULL.fullmatch(self.ref)
        return None if match is None else int(match[1])


@dataclass(frozen=True, slots=True)
class JobRequest:
    """
    A job of a workflow run, with what its token said, asks for a lock group: the lock request
    *request* is its own. *group* is named as *attempt*'s repository names it.

    Not *judged*: whether it joins the grant of a stage of that repository is not decided yet.
    *doubt*: why that cannot be decided now, a `LockReason`, as it was stored; "": it can, or nobody
    has tried. *joined*: the lock request of the grant in which it has a part. Then its own has
    ended.
    """

    request: int
    attempt: RunAttempt
    group: GroupName
    commit: Sha
    job: int = 0
    judged: bool = False
    joined: int | None = None
    doubt: str = ""
