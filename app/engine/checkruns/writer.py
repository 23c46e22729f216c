"""
Writes check runs: what should be said against what was said last.

What is sent is stored before: of a run that is created, or finished, that it is in doubt (no
digest), which is settled by asking GitHub for its natural key; of an update that what GitHub shows
is either of two. So a crash or a lost answer leaves no record of what GitHub does not show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.checkruns import RunTarget
from app.core.checkruns.target import Weight
from app.core.model.check_names import about_run, external_id
from app.core.model.facts import RunDraft
from app.core.model.names import Repo
from app.core.model.run_records import RunRecord
from app.engine.checkruns.records import (
    REPLACED_AFTER,
    begins_anew,
    digest,
    either,
    in_doubt,
    is_news,
    newest_runs,
    pause_after_refusal,
    refused,
    what_it_needs,
)
from app.engine.queue.next_look import pause_after
from app.errors import Denied, Missing, Rejected, Transient
from app.observe import about
from app.ports import Clock, Forge, History
from app.ports.store import Claim

TEXTS_EVERY = timedelta(seconds=60)
"""A text alone (a place in a queue, a row of a table) is written at most this often a run."""
REMEMBERED = timedelta(days=7)
"""Records of finished runs are forgotten some time after their last writing: ours renew theirs."""
REFUSED_PAUSE = timedelta(minutes=5)

log = logging.getLogger("stagelock.project")


def project(
    claim: Claim,
    repo: Repo,
    targets: Sequence[RunTarget],
    runs: Sequence[RunRecord],
    *,
    forge: Forge,
    history: History,
    clock: Clock,
    check: Callable[[], None],
    refused: Callable[[], None] = lambda: None,
) -> timedelta | None:
    """
    Write what differs, in the order of *targets*, texts last; return when to come again.

    *check* is called before each run and raises Conflict if the claim is no longer ours.

    A run that fails concerns no other, unless GitHub asks for a rest or we lack a permission: what
    is left is found again, and its last state wins. *refused* is called where GitHub says that we
    may not, or that it knows no such place. Raises Conflict once the claim is gone. At rest it
    writes nothing to GitHub. None: nothing is left to do.
    """
    writer = _Writer(claim, repo, forge, history, clock, check, refused)
    return writer.write_all(targets, runs)


@dataclass(frozen=True, slots=True)
class _Writer:
    claim: Claim
    repo: Repo
    forge: Forge
    history: History
    clock: Clock
    check: Callable[[], None]
    refused: Callable[[], None]
    waits: list[timedelta] = field(default_factory=list)
    """Until when to come again, for each run that is not written now."""

    def write_all(
        self, targets: Sequence[RunTarget], runs: Sequence[RunRecord]
    ) -> timedelta | None:
        now, newest = self.clock(), newest_runs(runs)
        states: list[RunTarget] = []
        texts: list[RunTarget] = []
        for target in targets:
            record = newest.get(target.key)
            need = what_it_needs(target, record, now)
            rest = pause_after_refusal(target, record, now)
            if rest and need != "nothing":
                self.waits.append(rest)
                continue
            if need == "state":
                states.append(target)
            elif record is not None and need == "text":
                wait = record.written_at + TEXTS_EVERY - now
                if wait > timedelta():
                    self.waits.append(wait)
                else:
                    texts.append(target)
            elif record is not None:
                self.waits.append(self._remember(target, record, now))
        for target in (*states, *texts):
            if not self._alone(target, newest.get(target.key)):
                break
        return min(self.waits, default=None)

    def _alone(self, target: RunTarget, record: RunRecord | None) -> bool:
        """Write one run; False where its failure says that the others would fail, too."""
        try:
            with about(promotion=target.about or None):
                self._write(target, record)
        except Transient as error:
            log.warning("%s", error.message, extra={"action": "runs.put-off"})
            self.waits.append(pause_after(error))
            return error.retry_after is None  # else GitHub asks for a rest
        except (Denied, Missing) as error:
            log.warning("%s", error.message, extra={"action": "runs.put-off"})
            self.waits.append(REFUSED_PAUSE)
            self.refused()
            return not isinstance(error, Denied)  # what we lack for one, we lack for all
        return True

    def _remember(self, target: RunTarget, record: RunRecord, now: datetime) -> timedelta:
        """Renew a record that is about to be forgotten; when to look at it next."""
        if target.draft.status != "completed":
            return max(record.created_at + REPLACED_AFTER - now, timedelta(seconds=1))
        if now - record.written_at < REMEMBERED:
            return record.written_at + REMEMBERED - now
        self.history.save_run(self.claim, self.repo.id, replace(record, written_at=now))
        return REMEMBERED

    def _write(self, target: RunTarget, record: RunRecord | None) -> None:
        self.check()  # what an outdated worker says last would stand
        if record is None:
            self._create(target, 1)
            return
        asked_anew = target.anew or target.draft.status != "completed"
        if in_doubt(record) or (record.may_have_ended and asked_anew):
            ours = self._find(record)
            if ours is None:
                serial = record.serial + (record.run_id is not None)
                self._create_or_close(target, record, serial)
                return
            record = ours
        if record.run_id is None:
            self._create(target, record.serial, record)
        elif begins_anew(target, record, self.clock()):
            self._create(target, record.serial + 1)
        else:
            self._update(target, record, record.run_id)

    def _find(self, record: RunRecord) -> RunRecord | None:
        """What became of a creation whose answer we never had."""
        check = self.forge.find_run(self.repo, record.sha, record.name, record.external_id)
        return replace(record, run_id=check.id, status=check.status) if check else None

    def _create_or_close(self, target: RunTarget, record: RunRecord, serial: int) -> None:
        if not target.existing_only or (target.anew and serial > 1):  # an earlier one is there
            self._create(target, serial)
            return
        said = digest(target)
        closed = replace(record, run_id=None, status="completed", digest=said, ready=False)
        self.history.save_run(self.claim, self.repo.id, closed)

    def _create(self, target: RunTarget, serial: int, before: RunRecord | None = None) -> None:
        draft, now = _addressed(target, serial), self.clock()
        record = RunRecord(
            name=draft.name,
            sha=draft.sha,
            serial=serial,
            external_id=draft.external_id,
            run_id=None,
            status=draft.status,
            digest="",
            created_at=now,
            written_at=now,
            ready=target.offers,
        )
        self.history.save_run(self.claim, self.repo.id, record)
        try:
            run_id = self.forge.create_run(self.repo, draft)
        except Rejected as error:
            unmade = replace(record, status="completed", ready=False)  # there is none to be ended
            self._refused(target, unmade, before, error)
            return
        self._told(target, replace(record, run_id=run_id, digest=digest(target)))

    def _update(self, target: RunTarget, record: RunRecord, run_id: int) -> None:
        # GitHub appends the annotations of an update to those that are there.
        draft = replace(_addressed(target, record.serial), annotations=())
        if draft.status == "completed" != record.status:  # a finished run never reopens
            begun = replace(record, status="completed", digest="")
        else:
            begun = replace(record, digest=either(target, record))
        if begun != record:
            self.history.save_run(self.claim, self.repo.id, begun)
        try:
            self.forge.update_run(self.repo, run_id, draft)
        except Missing:
            log.info("it is gone", extra={"action": "run.gone", **_place(record)})
            self._create_or_close(target, record, record.serial + 1)
            return
        except Rejected as error:
            self._refused(target, record, record, error)
            return
        told = replace(
            record,
            external_id=draft.external_id,
            status=draft.status,
            digest=digest(target),
            written_at=self.clock(),
            ready=target.offers,
        )
        self._told(target, told, news=is_news(target, record))

    def _told(self, target: RunTarget, record: RunRecord, *, news: bool = True) -> None:
        self.history.save_run(self.claim, self.repo.id, record)
        log.info(
            "%s: %s",
            record.name,
            target.draft.title,
            extra={
                "action": "run.written",
                **_place(record),
                "run": record.run_id,
                "conclusion": target.draft.conclusion or record.status,
                "event_id": target.event,
            },
        )
        if news:
            entry = {
                "kind": "run",
                "run": record.name,
                "sha": record.sha,
                "promotion": target.about,
                "status": target.draft.status,
                "conclusion": target.draft.conclusion,
                "title": target.draft.title,
                **about_run(record.name),
            }
            at = record.written_at
            self.history.audit(self.claim, self.repo.id, target.event, at, entry)

    def _refused(
        self, target: RunTarget, record: RunRecord, before: RunRecord | None, error: Rejected
    ) -> None:
        """
        GitHub will not have it now (a rule of theirs, a commit that is gone): it was not told.

        The same is sent again after a pause that grows, and something else at once. *before* is
        what was known of the run.
        """
        log.warning("%s", error.message, extra={"action": "run.refused", **_place(record)})
        known = replace(record, digest=refused(target, before), written_at=self.clock())
        self.history.save_run(self.claim, self.repo.id, known)
        self.waits.append(pause_after_refusal(target, known, self.clock()))


def _place(record: RunRecord) -> dict[str, str]:
    """Which run a line of the log is about."""
    return {"check": record.name, "sha": record.sha}


def _addressed(target: RunTarget, serial: int) -> RunDraft:
    """The draft with its natural key."""
    key = external_id(target.draft.name, target.about, serial, target.code)
    urgent = target.weight < Weight.BEGINNING
    return replace(target.draft, external_id=key, event=target.event, urgent=urgent)
