"""Marking work dirty, from inside any transaction, and waking whoever waits for work."""

from __future__ import annotations

from datetime import timedelta

from app.sql.database.engine import Database, Execute

CHANNEL = "stagelock_work"

_UPSERT = """
INSERT INTO work AS w (key, generation, seen, run_at, fence, failures)
VALUES (:key, 1, 0, {now} + :delay, 0, 0)
ON CONFLICT (key) DO UPDATE SET
  generation = w.generation + 1,
  run_at = CASE WHEN w.run_at < excluded.run_at THEN w.run_at ELSE excluded.run_at END
"""
_MARK = {
    "sqlite": _UPSERT,
    # One round trip; the notification is sent when the transaction commits.
    "postgresql": f"WITH marked AS ({_UPSERT} RETURNING 1)"
    f" SELECT pg_notify('{CHANNEL}', '') FROM marked",
}


def mark_dirty(
    database: Database, execute: Execute, key: str, delay: timedelta = timedelta()
) -> None:
    """Raise the generation of *key*, due at the latest after *delay*."""
    statement = database.sql(_MARK[database.kind])
    execute(statement, {"key": key, "delay": delay // timedelta(microseconds=1)})


def repo_key(repo_id: int) -> str:
    """Name the work of one repository."""
    return f"repo-{repo_id}"


def repo_of(key: str) -> int:
    """Whose work *key* names."""
    return int(key.removeprefix("repo-"))
