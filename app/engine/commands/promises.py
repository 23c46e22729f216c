"""
What a forced grant's pull request promises where looks fail: taken back before it ends.

That is another repository's business, so it is done under that one's own claim: a look there, which
may be going on just now, would write the same check run, or promise it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.core.model.check_names import PLAN, external_id, read_external_id
from app.core.model.facts import RunDraft
from app.core.model.lock_requests import AnyRequest, LockRequest
from app.core.model.names import Repo
from app.core.model.run_records import RunRecord
from app.core.text import forced_locks
from app.engine.commands.given import Given
from app.engine.queue.lease import LENGTH
from app.engine.queue.work_keys import repo_key
from app.errors import Denied, Missing, Rejected, Transient
from app.ports.store import Claim

log = logging.getLogger("stagelock.commands")
BESIDE = "beside:"
"""
Begins the name of who has a claim for this: a process that dies with it is no death of a look, and
its lease lapses.
"""
TAKEN_BACK = "taken-back"
"""The digest of a run that was made here: whatever it says, it is brought up to date."""


@contextmanager
def taken_back(given: Given, request: AnyRequest, by: str) -> Iterator[None]:
    """
    Within it `stagelock / plan` on the head of the pull request that *request* holds for is green
    no more, and no look there makes it so, where none would take it back before the grant is over.
    Transient, also while somebody looks there: that look has an end.

    Where GitHub lets us write nothing there, nobody can: the grant is taken away all the same.
    """
    if not given.store.locks.left_alone(request.repo_id):
        yield
        return
    key = repo_key(request.repo_id)
    if key == given.claim.key:
        _take_back(given, given.claim, request, by)
        yield
        return
    claim = given.store.work.borrow(key, f"{BESIDE}{given.claim.owner}", LENGTH)
    if claim is None:
        message = f"a look at the repository {request.repo_id} goes on: its promise waits for that"
        raise Transient(message)
    try:
        _take_back(given, claim, request, by)
        yield
    finally:
        given.store.work.give_back(claim)


def _take_back(given: Given, claim: Claim, request: AnyRequest, by: str) -> None:
    stored = given.store.direct_locks.find(request.id)
    there = given.store.repos.get(request.repo_id)
    if not isinstance(stored, LockRequest) or there is None or there.unavailable:
        return
    promotion = given.store.history.promotion(there.id, stored.promotion)
    if promotion is None or promotion.state != "in-review" or promotion.head is None:
        return
    said = given.store.history.runs_of(there.id, PLAN, promotion.head)
    if not said or said[-1].status != "completed":
        return
    repo = Repo(there.id, there.owner, there.name, there.installation_id)
    try:
        _say(given, claim, repo, said[-1], by)
    except (Denied, Missing, Rejected) as error:
        log.warning("%s", error.message, extra={"action": "command.promise-kept"})


def _say(given: Given, claim: Claim, repo: Repo, last: RunRecord, by: str) -> None:
    """Make the run that is the next there, known by its natural key before it is made."""
    known, now = read_external_id(PLAN, last.external_id), given.snapshot.now
    key = external_id(PLAN, known[0] if known is not None else "", last.serial + 1)
    record = RunRecord(
        PLAN, last.sha, last.serial + 1, key, None, "queued", "", created_at=now, written_at=now
    )
    title, summary = forced_locks.promise_back(by)
    given.store.history.save_run(claim, repo.id, record)
    draft = RunDraft(PLAN, last.sha, key, "queued", None, title, summary)
    run = given.forge.create_run(repo, draft)
    told = replace(record, run_id=run, digest=TAKEN_BACK)
    given.store.history.save_run(claim, repo.id, told)
