"""Lock requests of CI jobs with what their tokens said, and their parts in grants of stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from app.core.locks import direct
from app.core.model.ci_jobs import CiJob, JobRequest, RunAttempt
from app.core.model.group_names import named_from
from app.core.model.lock_requests import (
    HOLDING,
    DirectRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import Sha
from app.errors import Conflict, Missing
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.locks.requests import find, left_alone, requests_where
from app.sql.locks.transaction import Turn
from app.sql.locks.turns import turn_on_request
from app.sql.queue.dirty import repo_key
from app.sql.schema.job_request_tables import job_requests
from app.sql.schema.lock_tables import lock_request_groups, lock_requests

_OF = job_requests.c


def load(connection: Connection, repo_id: int) -> tuple[JobRequest, ...]:
    """
    Those of the repository's own jobs, and those that wait in its groups for another one's word; by
    request. That word is not waited for where nobody looks, or looks fail.
    """
    rows = fetch(connection, _OWN, {"repo": repo_id})
    rows += fetch(connection, _WAITING, {"repo": repo_id, "state": "queued"})
    rows.sort(key=lambda row: int(row["request"]))
    away = left_alone(connection, {row["repository"] for row in rows} - {repo_id})
    return tuple(_ask(row, repo_id) for row in rows if row["repository"] not in away)


def _loading(*where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            job_requests,
            lock_requests.c.state,
            lock_requests.c.reason,
            lock_request_groups.c.scope,
            lock_request_groups.c.name,
        )
        .join(lock_requests, lock_requests.c.id == _OF.request)
        .join(lock_request_groups, lock_request_groups.c.request_id == _OF.request)
        .where(*where)
    )


# In one statement with OR, SQLite reads all requests that there ever were.
_OWN = _loading(_OF.repository == bindparam("repo"))
_WAITING = _loading(
    lock_requests.c.repo_id == bindparam("repo"),
    lock_requests.c.state == bindparam("state"),
    _OF.judged.is_(False),
    _OF.repository != bindparam("repo"),
)


def _ask(row: Mapping[str, Any], repo_id: int) -> JobRequest:
    queued = row["state"] == "queued"
    judged = row["judged"] or not queued
    return JobRequest(
        row["request"],
        RunAttempt(row["repository"], row["run"], row["attempt"]),
        named_from(row["scope"], row["name"], repo_key(repo_id)),
        Sha(row["commit"]),
        row["job"],
        queued=queued,
        judged=judged,
        joined=row["joined"],
        doubt="" if judged else row["reason"],
    )


def note(
    turn: Turn, request: DirectRequest, job: CiJob, grant: DirectRequest | None
) -> DirectRequest:
    """
    Keep what the token said with the new *request*. It joins the *grant* under which its job was
    let in at an environment. Whether it joins another is to be judged where a stage of the job's
    repository has the group now.
    """
    home = job.attempt.repository
    around = turn.queues.around(request, most=1)
    mine = any(
        isinstance(request, LockRequest) and request.repo_id == home and request.state in HOLDING
        for request in around
    )
    row = {
        "request": request.id,
        "repository": home,
        "run": job.attempt.run,
        "attempt": job.attempt.attempt,
        "commit": job.sha,
        "job": job.job,
        "judged": not mine,
    }
    turn.connection.execute(insert(job_requests).values(row))
    if grant is None:
        return request
    part = _in_part(turn, request, grant, request.requested_at)
    turn.note(part)
    return part


def unjudged(connection: Connection, request_id: int) -> bool:
    """Whether it joins a grant is not decided yet: it may be granted nothing of its own."""
    query = select(_OF.request).where(_OF.request == request_id, _OF.judged.is_(False))
    return connection.execute(query).first() is not None


def part_of(connection: Connection, wanted: DirectRequest) -> DirectRequest | None:
    """The request of the same asker on the same groups that has a part in a grant now."""
    columns = lock_requests.c
    joined = select(_OF.request).where(_OF.joined.is_not(None))
    same = and_(columns.asker == wanted.asker, columns.owner == wanted.owner)
    for request in requests_where(connection, and_(same, columns.id.in_(joined))):
        if isinstance(request, DirectRequest) and (request.key, request.groups) == (
            wanted.key,
            wanted.groups,
        ):
            return request
    return None


class SqlJobRequests:
    """Implements `JobRequests`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def join(self, claim: Claim, request_id: int, grant_id: int, at: datetime) -> None:
        with turn_on_request(self._db, claim, request_id, "join a grant") as (turn, stored):
            request = _own(stored)
            if request.state != "queued":
                return
            around = turn.queues.around(request, most=1)
            grant = next((request for request in around if request.id == grant_id), None)
            if not isinstance(grant, LockRequest) or grant.state not in HOLDING:
                raise Conflict(f"the grant {grant_id}, which was to be joined, is over")
            turn.save(_in_part(turn, request, grant, at))

    def alone(self, claim: Claim, request_id: int) -> None:
        with turn_on_request(self._db, claim, request_id, "let a job wait") as (turn, stored):
            request = _own(stored)
            _change(turn.connection, request_id, {"judged": True})
            if request.state == "queued":
                request = replace(request, reason="")
            turn.save(request)

    def doubt(self, claim: Claim, request_id: int, reason: str) -> None:
        with turn_on_request(self._db, claim, request_id, "say why a job waits") as (turn, stored):
            request = _own(stored)
            if request.state == "queued" and unjudged(turn.connection, request_id):
                turn.note(replace(request, reason=reason))

    def end(self, claim: Claim | None, request_id: int, at: datetime) -> None:
        with turn_on_request(self._db, claim, request_id, "give back a part") as (turn, request):
            grant = _grant(turn.connection, request_id)
            if grant is None:
                return
            turn.connection.execute(delete(job_requests).where(_OF.request == request_id))
            turn.save(direct.part_over(_own(request), grant, at))

    def grant(self, request_id: int) -> OwnRequest | None:
        with self._db.read("read a grant that was joined") as connection:
            return _grant(connection, request_id)


def _in_part(turn: Turn, request: DirectRequest, grant: OwnRequest, at: datetime) -> DirectRequest:
    """*request* with its part in *grant*, of which all but itself is stored."""
    part = direct.joined(request, grant, at)
    turn.take_permits(request, {}, part.permits)
    turn.keep_tokens(request, part.tokens)
    _change(turn.connection, request.id, {"judged": True, "joined": grant.id})
    return part


def _change(connection: Connection, request_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(job_requests).where(_OF.request == request_id).values(values))


def _grant(connection: Connection, request_id: int) -> OwnRequest | None:
    joined = select(_OF.joined).where(_OF.request == request_id, _OF.joined.is_not(None))
    number = connection.execute(joined).scalar_one_or_none()
    return find(connection, number) if number is not None else None


def _own(request: OwnRequest) -> DirectRequest:
    if not isinstance(request, DirectRequest):
        raise Missing(f"the lock request {request.id} is no job's")
    return request
