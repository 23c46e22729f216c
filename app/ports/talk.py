"""Stored counts of answers, for rate limits a person and a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.core.model.comments import Place
from app.core.model.people import Person


class Talk(Protocol):
    """Counts comments that have an answer, or will have one."""

    def answered(self, installation_id: int, user: Person, since: datetime) -> int:
        """How many comments of *user*, written after *since*, have a receipt or a reply there."""
        ...

    def answers_on(
        self, repo_id: int, place: Place, since: datetime
    ) -> Sequence[tuple[str, datetime]]:
        """
        The key of each comment on *place* whose answer is decided, and when it was written: after
        *since*, in the order of their ids.
        """
        ...
