"""What the store remembers of people's leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from app.core.model.comments import CommandRecord
from app.core.model.people import Approval

if TYPE_CHECKING:
    from app.ports.store import Claim


class Approvals(Protocol):
    """A part of `History`; each write is fenced by its claim."""

    def set_approval(
        self, claim: Claim, repo_id: int, approval: Approval, noted: CommandRecord
    ) -> None:
        """Store a person's approval in place of an older one of theirs; store *noted* with it."""
        ...

    def end_approvals(
        self,
        claim: Claim,
        repo_id: int,
        ended: Sequence[Approval],
        noted: CommandRecord | None = None,
    ) -> None:
        """Forget these, where they are there; store the command *noted* with that."""
        ...
