"""What `stagelock rebuild` needs of a database beyond its `Store`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Literal, Protocol

from app.core.model.lock_requests import DirectRequest
from app.core.model.repository_change import RepoRecord
from app.core.rebuild import Restored
from app.ports.store import Claim

Known = Literal["nothing", "rebuilt", "records"]
"""What a database holds of a repository: nothing, what a rebuild made of it, other records."""


class Rebuilding(Protocol):
    """Storing a whole repository's records at once."""

    def alone(self) -> AbstractContextManager[bool]:
        """
        Keep everybody else from working on the database while the block runs.

        False: somebody serves or works on it now, and nothing was kept from them.
        """
        ...

    def claim(self, repo_id: int, owner: str, lease: timedelta) -> Claim | None:
        """Claim that repository's work, due or not; None while another process holds it."""
        ...

    def known(self, repo_id: int) -> Known:
        """What there is of the repository."""
        ...

    def restore(
        self, claim: Claim, repo: RepoRecord, restored: Restored
    ) -> tuple[DirectRequest, ...]:
        """
        Store all of it in one transaction, and that it was rebuilt; the unknown holders as stored:
        of an organisation's group the first that comes is the only one. From now on no number of a
        request is one that the lost database had given, nor is a token of any group.

        Conflict where the claim is outdated, or anything is known of the repository by then.
        """
        ...
