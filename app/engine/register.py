"""The repositories that we know: kept current by deliveries and by the sweep."""

from __future__ import annotations

from dataclasses import replace

from app.core.names import Repo
from app.core.records import RepoRecord
from app.engine.events import repo_key
from app.ports import Store

SUSPENDED = "the installation of the App is suspended"
UNINSTALLED = "the App is not installed here any more"
REMOVED = "the repository was taken out of the App's installation"
DELETED = "the repository was deleted"
ARCHIVED = "the repository is archived"


class Register:
    """
    Writes `RepoRecord`s, and only where something about them changed.

    Each write reads the record anew just before: ticks write to the same row, and what they
    remember there (tips, comments) may be outdated by us only by an instant.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(self, repo: Repo, default_branch: str = "") -> bool:
        """It exists, under that name and installation; True if that was news."""
        known = self._store.repos.get(repo.id)
        current = known or RepoRecord(repo.id, repo.owner, repo.name, repo.installation_id)
        updated = replace(
            current,
            owner=repo.owner,
            name=repo.name,
            installation_id=repo.installation_id,
            default_branch=default_branch or current.default_branch,
        )
        return self._save(known, updated)

    def unavailable(self, repo_id: int, why: str) -> bool:
        """Leave it alone from now on, or ("") no longer; True if that was news."""
        known = self._store.repos.get(repo_id)
        return known is not None and self._save(known, replace(known, unavailable=why))

    def touch(self, repo_id: int) -> None:
        """Let a worker look at it."""
        self._store.work.touch(repo_key(repo_id))

    def _save(self, known: RepoRecord | None, updated: RepoRecord) -> bool:
        if known == updated:
            return False
        self._store.repos.save(updated)
        return True
