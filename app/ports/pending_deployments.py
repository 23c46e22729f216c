"""Stored jobs that wait at GitHub environments for the App's answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.ports.store import Claim


class PendingDeployments(Protocol):
    """One row each (repository, run, environment), from the question to its answer."""

    def ask(self, repo_id: int, run: int, environment: str, at: datetime) -> bool:
        """Jobs of the run wait there. False: that was known."""
        ...

    def place(self, claim: Claim, repo_id: int, run: int, environment: str, attempt: int) -> None:
        """Note that their place in the queue was shown there, for that attempt."""
        ...

    def attempt(self, claim: Claim, repo_id: int, run: int, environment: str, request: int) -> None:
        """They are about to be let in under that lock request."""
        ...

    def answer(self, claim: Claim, repo_id: int, run: int, environment: str) -> None:
        """GitHub has the answer, or needs none any more: forget it."""
        ...
