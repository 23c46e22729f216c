"""
Repositories whose looks die: said on GitHub by work of its own, which reads nothing of theirs.

Whatever ends the processes that work on a repository is read in that work: this asks for its name
and its default branch's tip, and writes one check run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from app.core.checkruns.quarantine import quarantine_run
from app.engine.checkruns.writer import project
from app.engine.queue.lease import Lease
from app.engine.queue.work_keys import id_in, repo_key
from app.engine.survey.known_repository import Known
from app.errors import Denied, Missing
from app.ports import Clock, Forge, GitMirrors, Store
from app.ports.deaths import Death
from app.ports.store import Claim

KIND = "quarantine"
TWICE = 2

log = logging.getLogger("stagelock.quarantine")


def quarantined(store: Store, deaths: Sequence[Death]) -> None:
    """Tell what became of what a dead process held."""
    for death in deaths:
        log.error(
            "a look at %s broke off (%s), %d in a row",
            death.key,
            death.why,
            death.times,
            extra={
                "action": "tick.broke-off",
                "key": death.key,
                "again_in": death.rests.total_seconds(),
            },
        )
        if death.times >= TWICE and death.key.startswith("repo-"):
            store.work.touch(f"{KIND}-{id_in(death.key)}")


class Quarantine:
    """The handler of the keys ``quarantine-<id>``, by the id of the repository that rests."""

    def __init__(self, store: Store, forge: Forge, mirrors: GitMirrors, clock: Clock) -> None:
        self._store = store
        self._forge = forge
        self._mirrors = mirrors
        self._clock = clock
        self._known = Known(store, forge, clock)

    def handle(self, claim: Claim, lease: Lease) -> timedelta | None:
        """Say it on the default branch's tip; when to look again."""
        repo_id = id_in(claim.key)
        death, record = self._store.work.deaths(repo_key(repo_id)), self._store.repos.get(repo_id)
        if death is None or death.times < TWICE or record is None or record.unavailable:
            return None
        try:
            fact = self._known.today(record)
            if fact is None:
                return None
            tip = self._mirrors.ls_remote(fact.repo).get(fact.default_branch)
        except (Denied, Missing):
            return None  # nowhere to say it
        if tip is None:
            return None
        again = self._clock() + death.rests
        return project(
            claim,
            fact.repo,
            [quarantine_run(repo_id, tip, death.times, death.why, again)],
            self._store.history.load(repo_id).runs,
            forge=self._forge,
            history=self._store.history,
            clock=self._clock,
            check=lease.check,
        )
