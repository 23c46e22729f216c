"""Which stages are held, inside a transaction of the caller's."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from app.core.model.names import StageName
from app.core.model.records import Hold
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.schema.tables import holds

_HOLDS = select(holds).where(holds.c.repo_id == bindparam("repo")).order_by(holds.c.stage)


def put(connection: Connection, repo_id: int, hold: Hold) -> None:
    """Insert or replace by stage."""
    upsert(connection, holds, [{"repo_id": repo_id, **to_row(hold)}], ["repo_id", "stage"])


def end(connection: Connection, repo_id: int, stage: StageName) -> None:
    """Forget the stage's hold; the audit remembers it."""
    connection.execute(delete(holds).where(holds.c.repo_id == repo_id, holds.c.stage == stage))


def load(connection: Connection, repo_id: int) -> tuple[Hold, ...]:
    """By stage."""
    rows = fetch(connection, _HOLDS, {"repo": repo_id})
    return tuple(to_record(Hold, row) for row in rows)
