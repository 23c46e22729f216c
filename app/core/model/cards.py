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
    """The commit *sha*, a part of *freight*, came in by pull request *pull*; 0: by none."""

    freight: FreightId
    sha: Sha
    pull: int
    at: datetime
    """When GitHub said so."""


@dataclass(frozen=True, slots=True)
class CardRecord:
    """
    The card on one pull request.

    *comment_id* None: there is none, because GitHub refused it or somebody deleted it. *digest* is
    of the text that GitHub has, or has refused; *needs* is what a person had to do when we last
    looked (stable keys). *over*: nothing happens to what it tells of any more.
    """

    pull: int
    comment_id: int | None
    digest: str
    needs: tuple[str, ...]
    over: bool
    written_at: datetime
