"""The repositories that we know: kept current by deliveries and by the sweep."""

from __future__ import annotations

from app.core.model.facts import RepoFact
from app.core.model.names import Repo
from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.remarks.repositories import ARCHIVED
from app.engine.queue.work_keys import installation_key, repo_key
from app.ports import Store


class Register:
    """
    Writes what is learnt about repositories, and only where something about them changed.

    To which installation a repository belongs is what GitHub answers when asked. A delivery may be
    old: one that names another installation than we know moves nothing, it lets GitHub be asked.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def told(self, repo: Repo, default_branch: str = "") -> None:
        """A delivery names the repository so, under that installation."""
        own = repo.installation_id
        self._store.repos.add(RepoRecord(repo.id, repo.owner, repo.name, own, default_branch))
        named = RepoChange(owner=repo.owner, name=repo.name, default_branch=default_branch or None)
        self._store.repos.change(repo.id, named, installation_id=own)
        current = self._store.repos.get(repo.id)
        if current is not None and current.installation_id != own:
            self._store.work.touch(installation_key(own))

    def listed(self, fact: RepoFact, before: RepoRecord | None) -> bool:
        """
        GitHub lists the repository under its installation; True if that was news.

        *before* is the row as it was before GitHub was asked: one that moved since then stays.
        """
        why = ARCHIVED if fact.archived else ""
        repo, branch = fact.repo, fact.default_branch
        if before is None:
            record = RepoRecord(
                repo.id,
                repo.owner,
                repo.name,
                repo.installation_id,
                branch,
                unavailable=why,
                public=fact.public,
            )
            return self._store.repos.add(record)
        change = RepoChange(
            owner=repo.owner,
            name=repo.name,
            installation_id=repo.installation_id,
            default_branch=branch or None,
            unavailable=why,
            public=fact.public,
        )
        return self._store.repos.change(repo.id, change, installation_id=before.installation_id)

    def unavailable(self, repo_id: int, installation_id: int, why: str) -> bool:
        """
        Leave it alone from now on, or ("") no longer; True if that was news.

        Only while it belongs to the installation through which that was learnt.
        """
        change = RepoChange(unavailable=why)
        return self._store.repos.change(repo_id, change, installation_id=installation_id)

    def touch(self, repo_id: int) -> None:
        """Let a worker look at it."""
        self._store.work.touch(repo_key(repo_id))
