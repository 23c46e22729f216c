"""The pipeline card as the store remembers it: one comment on a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.model.names import FreightId, Sha

FOUND: Final = "found"
"""
The digest of a card that a rebuild found: whatever it says, it is brought up to date, once it is
known again which freight its pull request carries.
"""

UNSURE: Final = "unsure"
"""The digest of a card whose edit has no answer: nobody knows which of two texts it shows."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """The commit by which a part of a freight came in, and the pull request that brought it."""

    freight: FreightId
    sha: Sha
    """The commit: the freight's own, or one below it."""
    pull: int
    """The pull request's number; 0: none brought it."""
    at: datetime
    """When GitHub said so."""


@dataclass(frozen=True, slots=True)
class CardRecord:
    """The card on one pull request."""

    pull: int
    comment_id: int | None
    """None: there is no comment, because GitHub refused it or somebody deleted it."""
    digest: str
    """Of the text that GitHub has, or has refused."""
    needs: tuple[str, ...]
    """What a person had to do when we last looked, as stable keys."""
    over: bool
    """Nothing happens to what it tells of any more."""
    written_at: datetime
    """When we last wrote it, or tried to."""
