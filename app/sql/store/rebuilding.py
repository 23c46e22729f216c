"""Storing the records of a repository that was rebuilt: everything in one transaction, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, Table, bindparam, select

from app.core.model.comments import CommandRecord
from app.core.model.group_names import place
from app.core.model.introductions import Introduction
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName, Sha
from app.core.model.repository_change import RepoRecord
from app.core.model.run_records import RunRecord
from app.core.rebuild import Restored, floor
from app.core.text.markup import event_id
from app.errors import Conflict
from app.ports.rebuild import Known
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.rows import to_row, upsert
from app.sql.locks.queues import Queues
from app.sql.locks.transaction import Turn
from app.sql.queue import presence
from app.sql.queue.dirty import repo_key
from app.sql.queue.fence import check_fence
from app.sql.queue.work import SqlWork
from app.sql.records import holds, introductions, promotions
from app.sql.records.audit import add_entry
from app.sql.records.freights import mint
from app.sql.schema.card_tables import cards
from app.sql.schema.floors import raise_floors
from app.sql.schema.lock_tables import lock_groups, lock_request_groups, lock_requests
from app.sql.schema.tables import audit, commands, freights, orders, repositories, runs
from app.sql.schema.tables import holds as holds_table
from app.sql.schema.tables import promotions as promotions_table

_CLAIM = """
UPDATE work SET owner = :owner, fence = fence + 1, seen = generation, lease_until = {now} + :lease
WHERE key = :key AND (lease_until IS NULL OR lease_until <= {now})
RETURNING key, fence, generation, failures, owner
"""
_HISTORY: Final[Sequence[Table]] = (
    freights,
    promotions_table,
    orders,
    runs,
    holds_table,
    lock_requests,
)
"""What only ticks write: any row of a repository means that somebody worked on it."""


class SqlRebuilding:
    """Implements `Rebuilding`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def alone(self) -> AbstractContextManager[bool]:
        return presence.alone(self._db)

    def claim(self, repo_id: int, owner: str, lease: timedelta) -> Claim | None:
        key = repo_key(repo_id)
        SqlWork(self._db).touch(key)
        values = {"key": key, "owner": owner, "lease": lease // timedelta(microseconds=1)}
        for row in self._db.once("claim work", _CLAIM, values):
            return Claim(row[0], row[1], row[2], row[3], row[4])
        return None

    def known(self, repo_id: int) -> Known:
        with self._db.read("look what is stored") as connection:
            return _known(connection, repo_id)

    def restore(
        self, claim: Claim, repo: RepoRecord, restored: Restored
    ) -> tuple[DirectRequest, ...]:
        with self._db.write("store what was rebuilt") as connection:
            check_fence(connection, claim)
            if _known(connection, repo.id) != "nothing":
                raise Conflict(f"somebody else stored records of {repo.owner}/{repo.name}")
            upsert(connection, repositories, [to_row(repo)], ["id"])
            _history(connection, repo.id, restored)
            _runs(connection, repo.id, restored.runs)
            # The first look at the lost database made it, on a commit that nothing tells any more.
            introductions.put(connection, repo.id, Introduction(Sha(""), told=True))
            _commands(connection, repo.id, restored.answered)
            rows = [{"repo_id": repo.id, **to_row(card)} for card in restored.cards]
            upsert(connection, cards, rows, ["repo_id", "pull"])
            unknown = _locks(self._db, connection, repo.id, restored)
            entry = {
                "kind": "rebuilt",
                "promotions": len(restored.promotions),
                "locks": len(restored.requests) + len(unknown),
                "runs": len(restored.runs),
            }
            add_entry(connection, repo.id, _event(repo.id), restored.at, entry)
            return unknown


def _event(repo_id: int) -> str:
    """The audit entry that tells a rebuilt repository from one that was worked on."""
    return event_id("rebuilt", repo_id)


def _known(connection: Connection, repo_id: int) -> Known:
    mark = select(audit.c.number).where(
        audit.c.repo_id == repo_id, audit.c.event == _event(repo_id)
    )
    if connection.execute(mark).first() is not None:
        return "rebuilt"
    for table in _HISTORY:
        query = select(table.c.repo_id).where(table.c.repo_id == bindparam("repo")).limit(1)
        if connection.execute(query, {"repo": repo_id}).first() is not None:
            return "records"
    return "nothing"


def _history(connection: Connection, repo_id: int, restored: Restored) -> None:
    for freight in restored.freights:
        mint(connection, repo_id, freight)
    promotions.save(connection, repo_id, restored.promotions)
    for hold in restored.holds:
        holds.put(connection, repo_id, hold)


def _runs(connection: Connection, repo_id: int, records: Sequence[RunRecord]) -> None:
    rows = [{"repo_id": repo_id, **to_row(record)} for record in records]
    upsert(connection, runs, rows, ["repo_id", "name", "sha", "serial"])


def _commands(connection: Connection, repo_id: int, records: Sequence[CommandRecord]) -> None:
    rows = [{"repo_id": repo_id, **to_row(record)} for record in records]
    upsert(connection, commands, rows, ["repo_id", "key"])


def _locks(
    database: Database, connection: Connection, repo_id: int, restored: Restored
) -> tuple[DirectRequest, ...]:
    raise_floors(database, connection, floor(restored.at))
    scope = repo_key(repo_id)
    last: dict[GroupName, int] = {}
    for group, token in restored.counters.items():
        # Another repository of the organisation may have been given higher ones.
        last[group] = max(token, _last_token(connection, *place(group, scope)))
    places = {group: place(group, scope) for group in last}
    rows = [{"scope": places[g][0], "name": places[g][1], "last_token": last[g]} for g in last]
    upsert(connection, lock_groups, rows, ["scope", "name"])
    turn = Turn(database, connection, scope, Queues(connection, repo_id, ()))
    for request in restored.requests:
        turn.keep_tokens(turn.add(request), request.tokens)
    return tuple(
        _unknown(turn, request, last)
        for request in restored.unknown
        if not _is_there(connection, *place(request.groups[0], scope))
    )


def _unknown(turn: Turn, request: DirectRequest, last: Mapping[GroupName, int]) -> DirectRequest:
    """Stored with the newest token of its group, by which people name it and nobody renews it."""
    stored = turn.add(replace(request, tokens={g: last[g] for g in request.groups}))
    turn.keep_tokens(stored, stored.tokens)
    return stored


def _is_there(connection: Connection, scope: str, name: str) -> bool:
    """An unknown holder of the group was stored before, ended or not: by another's rebuild."""
    query = (
        select(lock_requests.c.id)
        .join(lock_request_groups)
        .where(
            lock_requests.c.kind == "unknown",
            lock_request_groups.c.scope == scope,
            lock_request_groups.c.name == name,
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _last_token(connection: Connection, scope: str, name: str) -> int:
    query = select(lock_groups.c.last_token).where(
        lock_groups.c.scope == scope, lock_groups.c.name == name
    )
    return connection.execute(query).scalar() or 0
