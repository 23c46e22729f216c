"""The repositories that we know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.model.repository_change import RepoChange, RepoRecord


class Repos(Protocol):
    """
    The repositories that we know.

    Deliveries, sweeps and ticks write to the same row at once, so nobody writes a whole one.
    """

    def get(self, repo_id: int) -> RepoRecord | None: ...

    def named(self, owner: str, name: str) -> RepoRecord | None:
        """The one that is called so now, case ignored; not one that we leave alone."""
        ...

    def all(self) -> Sequence[RepoRecord]: ...

    def of_installation(self, installation_id: int) -> Sequence[RepoRecord]: ...

    def awaiting(self, installation_id: int) -> int:
        """How many of an installation's repositories left something unfinished."""
        ...

    def add(self, record: RepoRecord) -> bool:
        """Insert unless its id is known; True if it was new."""
        ...

    def change(
        self, repo_id: int, change: RepoChange, *, installation_id: int | None = None
    ) -> bool:
        """
        Write the columns that *change* names, in one statement; True if that was news.

        With *installation_id*, only while the row belongs to that installation: what was learnt
        through one says nothing about the repository under another.
        """
        ...
