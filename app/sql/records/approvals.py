"""Who approved which freight in which stage, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from app.core.model.people import Approval
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.schema.approval_tables import approvals

_KEY = ["repo_id", "stage", "freight", "user_id"]
_APPROVALS = (
    select(approvals)
    .where(approvals.c.repo_id == bindparam("repo"))
    .order_by(approvals.c.stage, approvals.c.freight, approvals.c.at, approvals.c.user_id)
)


def put(connection: Connection, repo_id: int, approval: Approval) -> None:
    """Insert or replace by stage, freight and person."""
    upsert(connection, approvals, [{"repo_id": repo_id, **to_row(approval)}], _KEY)


def end(connection: Connection, repo_id: int, ended: Sequence[Approval]) -> None:
    """Forget them, where they are there; the audit remembers them."""
    for approval in ended:
        of_person = approvals.c.stage == approval.stage, approvals.c.user_id == approval.user_id
        its = approvals.c.repo_id == repo_id, approvals.c.freight == approval.freight
        connection.execute(delete(approvals).where(*its, *of_person))


def load(connection: Connection, repo_id: int) -> tuple[Approval, ...]:
    """By stage and freight, the oldest first."""
    rows = fetch(connection, _APPROVALS, {"repo": repo_id})
    return tuple(to_record(Approval, row) for row in rows)
