"""What the store remembers of pipeline cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from app.core.model.cards import CardRecord, Carrier
from app.core.model.names import FreightId

if TYPE_CHECKING:
    from app.ports.store import Claim


class Cards(Protocol):
    """One row each (repository, pull request); writes are fenced by the claim."""

    def unfinished(self, repo_id: int) -> Sequence[CardRecord]:
        """Those that are not over, by pull request."""
        ...

    def of(self, repo_id: int, pull: int) -> CardRecord | None:
        """The one on that pull request."""
        ...

    def save(self, claim: Claim, repo_id: int, card: CardRecord) -> None:
        """Insert or replace by pull request."""
        ...

    def carriers(self, repo_id: int, freight: FreightId) -> Sequence[Carrier]:
        """What is known of the freight's commits, by commit."""
        ...

    def carried(self, repo_id: int, pull: int) -> Sequence[FreightId]:
        """The freights that the pull request is a part of, by name."""
        ...

    def note(self, claim: Claim, repo_id: int, carrier: Carrier) -> None:
        """Insert or replace by freight and commit."""
        ...
