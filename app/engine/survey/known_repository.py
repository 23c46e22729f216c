"""Which repository a row means: asked by its number, before anything is done under its name."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from app.core.model.facts import RepoFact
from app.core.model.names import Repo
from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.remarks.repositories import ARCHIVED
from app.engine.survey.absence import Absences
from app.errors import Denied, Missing
from app.ports import Clock, Forge, Store

log = logging.getLogger("stagelock.known")


class Known:
    """
    Names change hands: what is called `acme/shop` now may be another repository than it was.

    So each tick begins with the number, and follows it to the name of today.
    """

    def __init__(self, store: Store, forge: Forge, clock: Clock) -> None:
        self._store = store
        self._forge = forge
        self._absences = Absences(clock)

    def today(self, record: RepoRecord) -> RepoFact | None:
        """
        The repository as GitHub names it now; raises what asking raises.

        None: it is archived, which the row then says. Nobody can write there before it is opened
        again, which the sweep finds where no delivery tells of it.
        """
        fact = self._forge.repository(_repo(record))
        self._absences.found(record.id)
        change = RepoChange(
            owner=fact.repo.owner,
            name=fact.repo.name,
            default_branch=fact.default_branch or None,
            public=fact.public,
        )
        if fact.archived:
            log.info(ARCHIVED, extra={"action": "repository.unavailable"})
            change = replace(change, unavailable=ARCHIVED)
        self._store.repos.change(record.id, change, installation_id=record.installation_id)
        return None if fact.archived else fact

    def denied(self, record: RepoRecord, error: Denied | Missing) -> timedelta | None:
        """
        Find out what *error* means: raised again where the repository is still ours to see.

        Else when to look again; None once it is gone for good, which the row then says.
        """
        try:
            if self.today(record) is None:
                return None
        except (Denied, Missing) as gone:
            return self._missing(record, gone)
        raise error

    def _missing(self, record: RepoRecord, gone: Denied | Missing) -> timedelta | None:
        wait = self._absences.missed(record.id)
        if wait is not None:
            return wait
        log.warning("%s", gone.message, extra={"action": "repository.unavailable"})
        change = RepoChange(unavailable=gone.message)
        self._store.repos.change(record.id, change, installation_id=record.installation_id)
        return None


def _repo(record: RepoRecord) -> Repo:
    return Repo(record.id, record.owner, record.name, record.installation_id)
