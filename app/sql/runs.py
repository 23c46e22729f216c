"""The check runs that we wrote, inside a transaction of the caller's."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    literal_column,
    or_,
    select,
)

from app.core.names import Sha
from app.core.records import RunRecord
from app.sql.prepared import fetch
from app.sql.rows import to_record, to_row, upsert
from app.sql.tables import runs

KEPT: Final = timedelta(days=15)
"""GitHub itself gives runs up after 14 days: those that ended before are history."""


def save(connection: Connection, repo_id: int, run: RunRecord) -> None:
    """Insert or replace by name, commit and serial."""
    row = {"repo_id": repo_id, **to_row(run)}
    upsert(connection, runs, [row], ["repo_id", "name", "sha", "serial"])


def load(connection: Connection, repo_id: int, now: str) -> tuple[RunRecord, ...]:
    """By name, commit and serial, without those that ended long before *now* (an SQL term)."""
    rows = fetch(connection, _kept(now), {"repo": repo_id})
    return tuple(to_record(RunRecord, row) for row in rows)


def named(connection: Connection, repo_id: int, name: str, commit: Sha) -> tuple[RunRecord, ...]:
    """Those called *name* on *commit*, by serial, however old."""
    rows = fetch(connection, _NAMED, {"repo": repo_id, "name": name, "commit": commit})
    return tuple(to_record(RunRecord, row) for row in rows)


_NAMED = (
    select(runs)
    .where(runs.c.repo_id == bindparam("repo"))
    .where(runs.c.name == bindparam("name"), runs.c.sha == bindparam("commit"))
    .order_by(runs.c.serial)
)


@cache
def _kept(now: str) -> Select[Any]:
    oldest: ColumnElement[int] = literal_column(
        f"{now} - {KEPT // timedelta(microseconds=1)}", BigInteger
    )
    return (
        select(runs)
        .where(runs.c.repo_id == bindparam("repo"))
        .where(or_(runs.c.status != "completed", runs.c.ready, runs.c.written_at >= oldest))
        .order_by(runs.c.name, runs.c.sha, runs.c.serial)
    )
