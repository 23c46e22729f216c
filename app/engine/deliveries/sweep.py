"""
Poll for truth: whatever deliveries were lost, the sweep finds what moved.

It lists installations and repositories, asks each repository for its tips, asks GitHub to deliver
again what failed, and forgets old deliveries. What it finds, it only touches; ticks do the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from app.core.model.documents import LOCKS, Document
from app.core.model.installations import AppFact, InstallationFact
from app.core.model.names import Repo
from app.core.model.repository_change import RepoRecord
from app.core.remarks.repositories import REMOVED, SUSPENDED, UNINSTALLED
from app.engine.commands.process import OVERLAP as CLOCKS
from app.engine.deliveries.intake import Intake
from app.engine.deliveries.known_repositories import Register
from app.engine.queue.lease import Lease
from app.engine.queue.work_keys import id_in, installation_key, repo_key
from app.engine.survey.absence import Absences
from app.errors import Conflict, Denied, Missing, OutsideError, Rejected, Transient
from app.ports import Clock, Forge, GitMirrors, Store
from app.ports.installs import Standing
from app.ports.store import Claim

KEEP_DELIVERIES = timedelta(days=7)
LOOK_BACK = timedelta(days=1)
"""How far the first sweep of a process looks for failed deliveries."""
AWAY = timedelta(seconds=10)
"""A GitHub that does not answer is greeted again so soon: it costs one small request."""
OVERLAP = timedelta(minutes=10)
REDELIVERIES = 50
"""At most so many a sweep: a long outage is caught up with gently."""

log = logging.getLogger("stagelock.sweep")


class Sweep:
    """The handlers of the keys ``sweep`` and ``installation-<id>``."""

    def __init__(
        self,
        *,
        store: Store,
        forge: Forge,
        mirrors: GitMirrors,
        clock: Clock,
        intake: Intake,
        every: timedelta,
    ) -> None:
        self._store = store
        self._forge = forge
        self._mirrors = mirrors
        self._clock = clock
        self._intake = intake
        self._every = every
        self._register = Register(store)
        self._delivered_until: datetime | None = None
        self._redelivered: set[str] = set()
        self._absences = Absences(clock)

    def everything(self, _claim: Claim, lease: Lease) -> timedelta:
        """
        Look at all installations; the delay until the next look.

        What fails for one repository or installation is logged and does not stop the others;
        where GitHub said when to come back, the whole next sweep waits for that.
        """
        pauses = [self._every]
        known = {record.installation_id for record in self._store.repos.all()}
        try:
            app = self._greeted()
        except Transient as error:
            log.warning("%s", error.message, extra={"action": "sweep.unanswered"})
            return timedelta(seconds=error.retry_after or 0) or AWAY
        listed = {installation.id: installation for installation in self._forge.installations()}
        for installation in listed.values():
            lease.check()
            self._absences.found(installation_key(installation.id))
            self._keep(app, installation)
            if installation.suspended:
                self._close(installation.id, SUSPENDED)
            else:
                pauses.append(self._guarded(lease, partial(self._sync, installation.id)))
        for absent in known - set(listed):
            if self._absences.missed(installation_key(absent)) is None:
                self._close(absent, UNINSTALLED)
        self._store.installs.only(tuple(listed))
        self._store.installs.answered(self._standing(app, listed.values()))
        pauses.append(self._look_at_tips(lease))
        pauses.append(self._guarded(lease, partial(self._redeliver, lease)))
        tidying = (self._prune, self._forget, self._upkeep)
        pauses += [self._guarded(lease, part) for part in tidying]
        return max(pauses)

    def installation(self, claim: Claim, lease: Lease) -> timedelta | None:
        """Take in an installation's deliveries, then list its repositories."""
        installation_id = id_in(claim.key)
        self._intake.installation(installation_id)
        lease.check()
        key = installation_key(installation_id)
        try:
            self._keep(self._forge.app(), self._forge.installation(installation_id))
            wait = self._sync(installation_id)
        except (Denied, Missing) as error:
            wait = self._absences.missed(key)
            if wait is None:
                for record in self._store.repos.of_installation(installation_id):
                    if not record.unavailable:
                        self._shut(record, error.message)
            return wait
        self._absences.found(key)
        return wait

    def _greeted(self) -> AppFact:
        """Ask who we are; that GitHub does not know us is kept, for whoever asks how we are."""
        try:
            return self._forge.app()
        except (Denied, Missing, Rejected) as error:
            self._store.installs.refused(error.message)
            raise

    def _keep(self, app: AppFact, installation: InstallationFact) -> None:
        """Remember what it grants; its repositories are looked at where that is news."""
        if not set(app.lacks).isdisjoint(installation.lacks):
            # Nobody can grant it there before the App asks for it.
            installation = replace(installation, url=app.page)
        if self._store.installs.put(installation):
            for record in self._store.repos.of_installation(installation.id):
                self._register.touch(record.id)

    def _standing(self, app: AppFact, listed: Iterable[InstallationFact]) -> Standing:
        open_to_us = sum(not record.unavailable for record in self._store.repos.all())
        accounts = sum(not installation.suspended for installation in listed)
        return Standing(app.id, app.slug, accounts, open_to_us)

    def _sync(self, installation_id: int) -> timedelta | None:
        """
        Make our list of its repositories GitHub's, as it answers after we read our rows.

        When to look again for those that it did not list; None where none is in doubt.
        """
        ours = {record.id: record for record in self._store.repos.of_installation(installation_id)}
        facts = self._forge.repositories(installation_id)
        if moved := self._elsewhere({fact.repo.id for fact in facts} - set(ours)):
            # Their rows were read after that answer: it may be older than what they say.
            facts = self._forge.repositories(installation_id)
        before = {**moved, **ours}
        for fact in facts:
            if self._register.listed(fact, before.get(fact.repo.id)):
                self._register.touch(fact.repo.id)
        return self._unlisted(ours, {fact.repo.id for fact in facts})

    def _unlisted(self, ours: Mapping[int, RepoRecord], present: set[int]) -> timedelta | None:
        """A list that is read in pages leaves one out at times, while others come and go."""
        waits = []
        for record in ours.values():
            if record.id in present:
                self._absences.found(repo_key(record.id))
            elif not record.unavailable:
                wait = self._absences.missed(repo_key(record.id))
                if wait is None:
                    self._shut(record, REMOVED)
                else:
                    waits.append(wait)
        return min(waits, default=None)

    def _elsewhere(self, repo_ids: set[int]) -> dict[int, RepoRecord]:
        records = (self._store.repos.get(repo_id) for repo_id in repo_ids)
        return {record.id: record for record in records if record is not None}

    def _look_at_tips(self, lease: Lease) -> timedelta:
        """Touch what moved; a rate limit ends the looking at that installation's repositories."""
        longest = timedelta()
        limited: set[int] = set()
        for record in self._store.repos.all():
            lease.check()
            if record.unavailable and self._store.service_claims.of(record.id):
                self._register.touch(record.id)  # what it has outside goes back
            if record.unavailable or record.installation_id in limited:
                continue
            pause = self._guarded(lease, partial(self._look_at, record))
            if pause:
                limited.add(record.installation_id)
            longest = max(longest, pause)
        return longest

    def _look_at(self, record: RepoRecord) -> None:
        if record.awaiting or self._moved(record) or self._spoken(record):
            self._register.touch(record.id)
        if self._jobs_wait(record):
            self._register.touch(record.id)

    def _jobs_wait(self, record: RepoRecord) -> bool:
        """Jobs wait at environments for our answer, and no delivery told of them."""
        repo = Repo(record.id, record.owner, record.name, record.installation_id)
        named = _names_environments(self._store.views.document(record.id, LOCKS))
        try:
            waiting = self._forge.waiting(repo, everywhere=named)
        except (Denied, Missing):
            return False  # without that permission nobody can wait for us
        now, pending = self._clock(), self._store.pending_deployments
        new = [pending.ask(record.id, run, environment, now) for run, environment in waiting]
        return any(new)

    def _spoken(self, record: RepoRecord) -> bool:
        """Somebody commented since the last listing: the tick finds out whether it was lost."""
        if record.comments_since is None:
            return False
        repo = Repo(record.id, record.owner, record.name, record.installation_id)
        try:
            comments = self._forge.comments_since(repo, record.comments_since - CLOCKS)
        except (Denied, Missing):
            return False  # without that permission commands come by delivery only
        return any(not comment.is_bot for comment in comments)

    def _moved(self, record: RepoRecord) -> bool:
        repo = Repo(record.id, record.owner, record.name, record.installation_id)
        try:
            return dict(self._mirrors.ls_remote(repo)) != dict(record.tips)
        except (Denied, Missing):
            return True  # the tick finds out what it means, and says so

    def _redeliver(self, lease: Lease) -> None:
        """
        Ask for each failed delivery once; one that did arrive is known to the inbox by its guid.
        """
        now = self._clock()
        since = self._delivered_until or now - LOOK_BACK
        failed = self._forge.failed_deliveries(since)
        new = [(number, guid) for number, guid in failed if guid not in self._redelivered]
        for number, guid in new[:REDELIVERIES]:
            lease.check()
            try:
                self._forge.redeliver(number)
            except (Conflict, Denied, Missing, Rejected) as error:  # the others may go all the same
                log.warning("%s", error.message, extra={"action": "sweep.partial"})
            self._redelivered.add(guid)
        if len(new) <= REDELIVERIES:
            self._redelivered &= {guid for _, guid in failed}
            self._delivered_until = now - OVERLAP

    def _guarded(self, lease: Lease, effect: Callable[[], object]) -> timedelta:
        """Run *effect*; the pause that the other side asked for, if it failed with one."""
        try:
            effect()
        except Conflict as error:
            lease.check()  # raises where our lease, or our process, is at its end
            log.warning("%s", error.message, extra={"action": "sweep.partial"})
        except Transient as error:
            log.warning("%s", error.message, extra={"action": "sweep.partial"})
            return timedelta(seconds=error.retry_after or 0)
        except OutsideError as error:
            log.warning("%s", error.message, extra={"action": "sweep.partial"})
        return timedelta()

    def _prune(self) -> None:
        self._store.inbox.prune(self._clock() - KEEP_DELIVERIES)

    def _forget(self) -> None:
        self._store.forget(self._clock())

    def _upkeep(self) -> None:
        """Of this machine's disk; each machine comes to sweep in its turn."""
        self._mirrors.upkeep({r.id for r in self._store.repos.all() if not r.unavailable})

    def _close(self, installation_id: int, why: str) -> None:
        for record in self._store.repos.of_installation(installation_id):
            if record.unavailable != why:
                self._shut(record, why)

    def _shut(self, record: RepoRecord, why: str) -> None:
        self._register.unavailable(record.id, record.installation_id, why)
        self._register.touch(record.id)


def _names_environments(locks: Document | None) -> bool:
    """Tell whether the file in force names GitHub environments whose jobs ask for a lock."""
    return bool(locks and locks.get("environments"))
