"""The parts of clients in grants whose tokens they showed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from app.core.locks import direct, parts
from app.core.model.lock_parts import LockPart
from app.core.model.lock_requests import HOLDING, LIVE, DirectRequest, OwnRequest
from app.core.model.names import GroupName
from app.errors import Conflict, Missing
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row
from app.sql.locks.transaction import Turn
from app.sql.locks.turns import turn_on_request
from app.sql.schema.lock_part_tables import lock_parts
from app.sql.schema.lock_tables import lock_requests

_OF = lock_parts.c
_OPEN = _OF.ended_at.is_(None)
_OF_REPO = (
    select(lock_parts)
    .join(lock_requests, lock_requests.c.id == _OF.request)
    .where(
        lock_requests.c.repo_id == bindparam("repo"),
        lock_requests.c.state.in_(sorted(LIVE)),
        _OPEN,
    )
    .order_by(_OF.id)
)


def load(connection: Connection, repo_id: int) -> tuple[LockPart, ...]:
    """Those of the repository's live requests that were not given back."""
    rows = fetch(connection, _OF_REPO, {"repo": repo_id})
    return tuple(to_record(LockPart, row) for row in rows)


def open_parts(connection: Connection, request_id: int) -> tuple[LockPart, ...]:
    """Those in that grant that were not given back."""
    query = select(lock_parts).where(_OF.request == request_id, _OPEN).order_by(_OF.id)
    return tuple(to_record(LockPart, row) for row in connection.execute(query).mappings())


class SqlLockParts:
    """Implements `LockParts`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def join(
        self,
        grant_id: int,
        group: GroupName,
        token: int,
        *,
        home: int,
        asker: str,
        owner: str,
        ttl: timedelta,
        at: datetime,
    ) -> LockPart:
        with turn_on_request(self._db, None, grant_id, "join a lock") as (turn, grant):
            if grant.state not in HOLDING or grant.tokens.get(group) != token:
                raise Conflict(f"the token {token} is outdated: no grant has it")
            if isinstance(grant, DirectRequest) and grant.read_at is None:
                turn.note(replace(grant, read_at=at))  # who has its token was told of it
            part = LockPart(0, grant_id, token, asker, owner, ttl, at + ttl)
            for known in open_parts(turn.connection, grant_id):
                if (known.asker, known.owner) == (asker, owner):
                    part = replace(part, id=known.id)
                    _store(turn.connection, part)
                    break
            else:
                row = to_row(part, "id")
                made = turn.connection.execute(insert(lock_parts).values(row))
                part = replace(part, id=(made.inserted_primary_key or (0,))[0])
            _leave(turn, home, group, part, at)
            _looked_at(turn, grant)
            return part

    def renew(self, part_id: int, at: datetime) -> LockPart:
        with self._turn(part_id, "renew a part in a lock") as (turn, part, grant):
            if part.ended_at is not None:
                raise Conflict("it was given back")
            if grant.state not in HOLDING or part.token not in grant.tokens.values():
                raise Conflict("the token is outdated: the grant that it joined is over")
            renewed = replace(part, expires_at=at + part.ttl)
            _store(turn.connection, renewed)
            if isinstance(grant, DirectRequest):
                left = open_parts(turn.connection, grant.id)
                _save(turn, grant, parts.part_renewed(grant, at, left))
            return renewed

    def end(self, part_id: int, at: datetime) -> LockPart:
        with self._turn(part_id, "give back a part in a lock") as (turn, part, grant):
            if part.ended_at is not None:
                return part
            over = replace(part, ended_at=at)
            _store(turn.connection, over)
            if isinstance(grant, DirectRequest):
                left = open_parts(turn.connection, grant.id)
                _save(turn, grant, parts.part_given_back(grant, at, left))
            _looked_at(turn, grant)
            return over

    def unfinished(self, grants: Sequence[int], asker: str, owner: str) -> Sequence[LockPart]:
        of_client = and_(_OF.asker == asker, _OF.owner == owner)
        query = select(lock_parts).where(_OF.request.in_(grants), of_client, _OPEN)
        with self._db.read("read a client's parts in locks") as connection:
            rows = connection.execute(query.order_by(_OF.id)).mappings()
            return [to_record(LockPart, row) for row in rows]

    def find(self, part_id: int) -> LockPart | None:
        with self._db.read("read a part in a lock") as connection:
            return _find(connection, part_id)

    @contextmanager
    def _turn(self, part_id: int, doing: str) -> Iterator[tuple[Turn, LockPart, OwnRequest]]:
        known = self.find(part_id)
        if known is None:
            raise Missing(f"there is no part {part_id} in a lock")
        with turn_on_request(self._db, None, known.request, doing) as (turn, grant):
            yield turn, _find(turn.connection, part_id) or known, grant


def _find(connection: Connection, part_id: int) -> LockPart | None:
    query = select(lock_parts).where(_OF.id == part_id)
    return next((to_record(LockPart, r) for r in connection.execute(query).mappings()), None)


def _store(connection: Connection, part: LockPart) -> None:
    connection.execute(update(lock_parts).where(_OF.id == part.id).values(to_row(part, "id")))


def _leave(turn: Turn, home: int, group: GroupName, part: LockPart, at: datetime) -> None:
    """Who has a part now waits no more: one owner names one unfinished request."""
    client = (home, "client", part.asker, part.owner)
    for request in turn.queues.direct(home):
        if not isinstance(request, DirectRequest) or group not in request.groups:
            continue
        if (request.state, request.key) == ("queued", client):
            _save(turn, request, direct.released(request, None, at))


def _save(turn: Turn, before: DirectRequest, after: DirectRequest) -> None:
    """What only says that somebody is there wakes nobody."""
    if after.state != before.state:
        turn.remember(before, after)
        turn.save(after)
    elif after != before:
        turn.note(after)


def _looked_at(turn: Turn, grant: OwnRequest) -> None:
    """Who keeps the grant learns who has a part in it."""
    turn.of.add(grant.repo_id)
    turn.changed = True
