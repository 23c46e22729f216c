"""The check runs that we wrote, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, select

from app.core.model.check_names import PLAN
from app.core.model.names import Sha
from app.core.model.run_records import RunRecord
from app.sql.database.prepared import fetch
from app.sql.database.rows import listed, listing, parts, to_record, to_row, upsert
from app.sql.records.promotions import kept_ids
from app.sql.schema.tables import OPEN, promotions, runs

_REPO: BindParameter[int] = bindparam("repo")
_later = runs.alias("later")
_OPEN = select(runs).where(
    runs.c.repo_id == _REPO,
    OPEN,
    ~select(_later.c.serial)
    .where(
        and_(_later.c.repo_id == runs.c.repo_id, _later.c.name == runs.c.name),
        and_(_later.c.sha == runs.c.sha, _later.c.serial > runs.c.serial),
    )
    .exists(),
)
_NAMED = (
    select(runs)
    .where(runs.c.repo_id == _REPO)
    .where(runs.c.name == bindparam("name"), runs.c.sha == bindparam("commit"))
    .order_by(runs.c.serial)
)


def save(connection: Connection, repo_id: int, run: RunRecord) -> None:
    """Insert or replace by name, commit and serial."""
    row = {"repo_id": repo_id, **to_row(run)}
    upsert(connection, runs, [row], ["repo_id", "name", "sha", "serial"])


def load(connection: Connection, repo_id: int) -> tuple[RunRecord, ...]:
    """
    The newest of each name and commit where that is not at rest, and those that told whether the
    pull requests of the kept promotions may be merged; by name, commit and serial.
    """
    rows = [*fetch(connection, _OPEN, {"repo": repo_id})]
    rows += fetch(connection, _on_heads(connection.dialect.name), {"repo": repo_id})
    return _ordered(rows)


def named(connection: Connection, repo_id: int, name: str, commit: Sha) -> tuple[RunRecord, ...]:
    """Those called *name* on *commit*, by serial, however old."""
    rows = fetch(connection, _NAMED, {"repo": repo_id, "name": name, "commit": commit})
    return tuple(to_record(RunRecord, row) for row in rows)


def on(connection: Connection, repo_id: int, commits: Sequence[Sha]) -> tuple[RunRecord, ...]:
    """All on *commits*, however old; by name, commit and serial."""
    rows: list[Mapping[Any, Any]] = []
    for part in parts(commits):
        values = listed(part)
        rows += fetch(connection, _on(len(values)), {"repo": repo_id, **values})
    return _ordered(rows)


@cache
def _on(size: int) -> Select[Any]:
    return select(runs).where(runs.c.repo_id == _REPO, listing(runs.c.sha, size))


@cache
def _on_heads(dialect: str) -> Select[Any]:
    heads = (
        select(promotions.c.head)
        .where(promotions.c.repo_id == _REPO, promotions.c.head.is_not(None))
        .where(promotions.c.id.in_(kept_ids(dialect)))
    )
    return select(runs).where(runs.c.repo_id == _REPO, runs.c.name == PLAN, runs.c.sha.in_(heads))


def _ordered(rows: Iterable[Mapping[Any, Any]]) -> tuple[RunRecord, ...]:
    by_key = {
        (run.name, run.sha, run.serial): run for run in (to_record(RunRecord, row) for row in rows)
    }
    return tuple(by_key[key] for key in sorted(by_key))
