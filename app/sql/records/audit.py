"""The audit: one entry an event id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, false, func, select

from app.ports.audit import AuditEntry
from app.sql.database.engine import NEWS, Database
from app.sql.database.rows import insert_new
from app.sql.schema.tables import audit, repositories


def add_entry(
    connection: Connection, repo_id: int, event: str, at: datetime, entry: Mapping[str, object]
) -> None:
    """Keep an entry, and tell whoever hears; one of that id that is there stays as it is."""
    row = {"repo_id": repo_id, "event": event, "at": at, "entry": entry}
    new = insert_new(connection, audit, row, ["repo_id", "event"])
    news = connection.info.get(NEWS)
    if new and news is not None:
        news += _entries(connection, [audit.c.repo_id == repo_id, audit.c.event == event], 1)


class SqlAudit:
    """Implements `Audit`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, event: str) -> Sequence[AuditEntry]:
        return self._where([audit.c.event == event], 10)

    def newest(
        self,
        *,
        repo: str = "",
        since: datetime | None = None,
        before: int | None = None,
        most: int = 100,
    ) -> Sequence[AuditEntry]:
        conditions: list[ColumnElement[bool]] = []
        if repo:
            conditions.append(_is(repo))
        if since is not None:
            conditions.append(audit.c.at >= since)
        if before is not None:
            conditions.append(audit.c.number < before)
        return self._where(conditions, most)

    def _where(self, conditions: Sequence[ColumnElement[bool]], most: int) -> list[AuditEntry]:
        with self._db.read("read the audit") as connection:
            return _entries(connection, conditions, most)


def _entries(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], most: int
) -> list[AuditEntry]:
    """At most *most*, those written last first."""
    query = (
        select(audit, repositories.c.owner, repositories.c.name)
        .outerjoin(repositories, repositories.c.id == audit.c.repo_id)
        .where(*conditions)
        .order_by(audit.c.number.desc())
        .limit(most)
    )
    return [
        AuditEntry(
            event=row.event,
            at=row.at,
            repo_id=row.repo_id,
            repo=f"{row.owner}/{row.name}" if row.owner else "",
            entry=row.entry,
            number=row.number,
        )
        for row in connection.execute(query)
    ]


def _is(repo: str) -> ColumnElement[bool]:
    if repo.isascii() and repo.isdigit():
        # What no number of ours can be names none: a column holds 64 bits.
        return audit.c.repo_id == int(repo) if len(repo) < 19 else false()
    owner, _, name = repo.partition("/")
    ids = select(repositories.c.id).where(
        func.lower(repositories.c.owner) == owner.lower(),
        func.lower(repositories.c.name) == name.lower(),
    )
    return audit.c.repo_id.in_(ids)
