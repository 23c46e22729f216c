"""Commits and their parents, as git has them."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.names import Sha
from app.ports import GitRepo

CHUNK = 64


class Parents:
    """Implements `Graph` over git, reading first parents in runs."""

    def __init__(self, git: GitRepo) -> None:
        self._git = git
        self._known: dict[Sha, tuple[Sha, ...]] = {}

    def parents(self, sha: Sha) -> Sequence[Sha]:
        """In their order."""
        if sha not in self._known:
            for commit in self._git.first_parents(sha, limit=CHUNK):
                self._known[commit.sha] = commit.parents
        return self._known[sha]

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip*."""
        return self._git.is_ancestor(ancestor, tip)
