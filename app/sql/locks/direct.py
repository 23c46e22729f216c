"""Lock requests of people and clients: each call is one transaction, decided by `core/locks`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.locks import direct, parts, quota
from app.core.locks.environments import let_in_under
from app.core.locks.foreign import home
from app.core.locks.queue import granted_permits, obstacles
from app.core.locks.quota import OverQuota, Quota
from app.core.model.ci_jobs import CiJob
from app.core.model.comments import CommandRecord, Notice
from app.core.model.group_names import place
from app.core.model.lock_requests import DirectRequest, OwnRequest
from app.core.model.names import GroupName
from app.core.model.shared_queues import Standing
from app.errors import Missing
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.locks import job_requests
from app.sql.locks.parts import open_parts
from app.sql.locks.queues import Queues
from app.sql.locks.requests import IS_LIVE, find, live_in, live_of, requests_where
from app.sql.locks.sharing import place_of
from app.sql.locks.transaction import Turn
from app.sql.locks.turns import turn_on_groups, turn_on_request
from app.sql.queue.dirty import repo_key, repo_of
from app.sql.schema.lock_tables import lock_requests


class SqlDirectLocks:
    """Implements `DirectLocks`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(
        self,
        wanted: DirectRequest,
        most: Quota,
        *,
        claim: Claim | None = None,
        noted: CommandRecord | None = None,
        job: CiJob | None = None,
    ) -> DirectRequest | OverQuota:
        repo_id, at = wanted.repo_id, wanted.requested_at
        with turn_on_groups(self._db, claim, repo_id, wanted.groups, "ask for a lock") as turn:
            beside = _direct(turn.queues.direct())
            own = [request for request in beside if request.key == wanted.key]
            mine = [request for request in own if request.given_at is None]
            if mine:
                turn.keep_said(wanted.repo_id, noted)
                return _saved(turn, mine[0], direct.asked_again(mine[0], wanted, at))
            part = job_requests.part_of(turn.connection, wanted) if job is not None else None
            if part is not None:
                return part
            grant = _let_in_under(turn, job) if job is not None else None
            there = [*beside, *_direct(turn.queues.elsewhere(home(wanted)))]
            others = [*there, *_of_token(turn.connection, wanted, there)]
            refused = quota.over(most, wanted, others) if grant is None else None
            if refused is not None:
                return refused
            turn.keep_said(wanted.repo_id, noted)
            until = direct.place_until(wanted, at)
            added = turn.add(replace(wanted, tokens={}, expires_at=until))
            return added if job is None else job_requests.note(turn, added, job, grant)

    def take(
        self,
        request_id: int,
        permits: Mapping[GroupName, int],
        at: datetime,
        names: Mapping[GroupName, Sequence[str]] | None = None,
    ) -> DirectRequest:
        with turn_on_request(self._db, None, request_id, "take a lock") as (turn, stored):
            request = _own(stored)
            if request.state != "queued":
                return request
            if request.by_job and job_requests.unjudged(turn.connection, request.id):
                return request
            around = turn.queues.around(request, most=1)
            if obstacles(request, around, permits):
                return request
            counts, given = granted_permits(request, around, permits, names or {})
            taking = turn.take_tokens(turn.take_permits(request, counts, given))
            return turn.save(direct.read(direct.granted(taking, at), at))

    def read(self, request_id: int, at: datetime) -> DirectRequest:
        with turn_on_request(self._db, None, request_id, "read a lock") as (turn, stored):
            request = _own(stored)
            return _saved(turn, request, direct.read(request, at))

    def renew(
        self, request_id: int, token: int, at: datetime, ttl: timedelta | None = None
    ) -> DirectRequest:
        with turn_on_request(self._db, None, request_id, "renew a lock") as (turn, stored):
            request = _own(stored)
            return _saved(turn, request, direct.renewed(request, token, at, ttl))

    def release(self, request_id: int, token: int | None, at: datetime) -> DirectRequest:
        with turn_on_request(self._db, None, request_id, "release a lock") as (turn, stored):
            request = _own(stored)
            others = open_parts(turn.connection, request.id)
            return _saved(turn, request, parts.released(request, token, at, others))

    def leave(
        self,
        claim: Claim,
        request_id: int,
        at: datetime,
        by: str,
        noted: CommandRecord | None = None,
    ) -> DirectRequest:
        with turn_on_request(self._db, claim, request_id, "leave a lock") as (turn, stored):
            request = _own(stored)
            turn.keep_said(repo_of(claim.key), noted)
            others = open_parts(turn.connection, request.id)
            return _saved(turn, request, parts.left(request, at, by, others))

    def lapse(
        self, claim: Claim, request_id: int, now: datetime, notice: Notice | None = None
    ) -> DirectRequest:
        with turn_on_request(self._db, claim, request_id, "end a lock's time") as (turn, stored):
            request = _own(stored)
            after = _saved(turn, request, direct.lapsed(request, now))
            if after.state == "suspect" != request.state:
                turn.keep_notice(request.repo_id, notice, now)
            return after

    def let_in(self, claim: Claim, request_id: int, at: datetime) -> None:
        with turn_on_request(self._db, claim, request_id, "note who was let in") as (turn, stored):
            request = _own(stored)
            _saved(turn, request, direct.let_in(request, at))

    def find(self, request_id: int) -> OwnRequest | None:
        with self._db.read("read a lock request") as connection:
            return find(connection, request_id)

    def asked(
        self, repo_id: int, account: int, group: GroupName, at: datetime
    ) -> DirectRequest | None:
        columns = lock_requests.c
        of_person = (columns.kind == "person") & (columns.asker_id == account)
        with self._db.read("read a person's locks") as connection:
            requests = requests_where(connection, of_person & (columns.repo_id == repo_id))
        known = [r for r in _direct(requests) if group in r.groups and r.requested_at <= at]
        return max(known, key=lambda request: request.id, default=None)

    def live(self, repo_id: int, group: GroupName | None = None) -> Sequence[OwnRequest]:
        with self._db.read("read the live lock requests") as connection:
            if group is not None:
                return live_in(connection, repo_id, [group])
            return live_of(connection, repo_id)

    def unfinished(self, repo_id: int, asker: str, owner: str) -> Sequence[DirectRequest]:
        columns = lock_requests.c
        of_client = (columns.asker == asker) & (columns.owner == owner) & IS_LIVE
        mine = of_client & (columns.repo_id == repo_id) & (columns.kind == "client")
        with self._db.read("read a client's lock requests") as connection:
            return _direct(requests_where(connection, mine))

    def holders(self, repo_id: int, group: GroupName) -> Sequence[OwnRequest]:
        with self._db.read("read who holds a lock") as connection:
            return _queues(connection, repo_id, group).holders()

    def standing(self, request: OwnRequest, group: GroupName) -> Standing:
        with self._db.read("read the place of a lock request") as connection:
            held = _queues(connection, request.repo_id, group).holders()
            first = next(iter(held), None)
            if request.state != "queued":
                return Standing(holder=first)
            return Standing(*place_of(connection, request, group), first)


def _queues(connection: Connection, repo_id: int, group: GroupName) -> Queues:
    return Queues(connection, repo_id, [place(group, repo_key(repo_id))])


def _let_in_under(turn: Turn, job: CiJob) -> DirectRequest | None:
    """The grant of its own repository under which *job* stands at its environment."""
    return let_in_under(job, _direct(turn.queues.direct(job.attempt.repository)))


def _own(request: OwnRequest) -> DirectRequest:
    """A stage's request is nobody's to renew or give back."""
    if not isinstance(request, DirectRequest):
        raise Missing(f"there is no lock request {request.id} of a person or a client")
    return request


def _saved(turn: Turn, before: DirectRequest, after: DirectRequest) -> DirectRequest:
    """Store what changed; what only its asker sees wakes nobody."""
    if after.state != before.state or after.purpose != before.purpose or _sooner(before, after):
        turn.remember(before, after)
        return turn.save(after)
    if after != before:
        turn.note(after)
    return after


def _sooner(before: DirectRequest, after: DirectRequest) -> bool:
    """It lapses before it was looked for: the next look comes earlier."""
    then, now = before.expires_at, after.expires_at
    return now is not None and (then is None or now < then)


def _direct(requests: Sequence[OwnRequest]) -> list[DirectRequest]:
    return [request for request in requests if isinstance(request, DirectRequest)]


def _of_token(
    connection: Connection, wanted: DirectRequest, known: Sequence[DirectRequest]
) -> list[DirectRequest]:
    """The unfinished ones of the same token, in whatever group, that are not *known*."""
    if wanted.kind != "client":
        return []
    columns = lock_requests.c
    of_token = (columns.kind == "client") & (columns.asker == wanted.asker)
    seen = {request.id for request in known}
    requests = _direct(requests_where(connection, of_token & IS_LIVE))
    return [request for request in requests if request.id not in seen]
