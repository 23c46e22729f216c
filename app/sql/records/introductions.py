"""The run that introduces the plan, inside a transaction of the caller's."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from app.core.model.introductions import Introduction
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.schema.plan_run_tables import plan_runs

_ONE = select(plan_runs).where(plan_runs.c.repo_id == bindparam("repo"))


def load(connection: Connection, repo_id: int) -> Introduction | None:
    """The repository's; None: nothing was said there yet."""
    rows = fetch(connection, _ONE, {"repo": repo_id})
    return to_record(Introduction, rows[0]) if rows else None


def put(connection: Connection, repo_id: int, introduction: Introduction) -> None:
    """Insert or replace; one that is told stays as it is."""
    known = load(connection, repo_id)
    if known is None or not known.told:
        upsert(connection, plan_runs, [{"repo_id": repo_id, **to_row(introduction)}], ["repo_id"])
