"""Which jobs wait at environments for our answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, select, update

from app.core.model.deployments import PendingDeployment
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import insert_new, to_record, to_row
from app.sql.queue.fence import check_fence
from app.sql.schema.deployment_tables import pending_deployments

_KEY = ("repo_id", "run", "environment")
_PENDING = (
    select(pending_deployments)
    .where(pending_deployments.c.repo_id == bindparam("repo"))
    .order_by(pending_deployments.c.run, pending_deployments.c.environment)
)


def load(connection: Connection, repo_id: int) -> tuple[PendingDeployment, ...]:
    """By run and environment."""
    rows = fetch(connection, _PENDING, {"repo": repo_id})
    return tuple(to_record(PendingDeployment, row) for row in rows)


class SqlPendingDeployments:
    """Implements `PendingDeployments`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(self, repo_id: int, run: int, environment: str, at: datetime) -> bool:
        row = {"repo_id": repo_id, **to_row(PendingDeployment(run, environment, at))}
        with self._db.write("note jobs that wait at an environment") as connection:
            return insert_new(connection, pending_deployments, row, _KEY)

    def place(self, claim: Claim, repo_id: int, run: int, environment: str, attempt: int) -> None:
        self._change(claim, _one(repo_id, run, environment), placed=attempt)

    def attempt(self, claim: Claim, repo_id: int, run: int, environment: str, request: int) -> None:
        self._change(claim, _one(repo_id, run, environment), tried=request)

    def answer(self, claim: Claim, repo_id: int, run: int, environment: str) -> None:
        with self._db.write("note the answer to jobs at an environment") as connection:
            check_fence(connection, claim)
            connection.execute(delete(pending_deployments).where(_one(repo_id, run, environment)))

    def _change(self, claim: Claim, where: ColumnElement[bool], **values: int) -> None:
        with self._db.write("note what jobs at an environment were told") as connection:
            check_fence(connection, claim)
            connection.execute(update(pending_deployments).where(where).values(**values))


def _one(repo_id: int, run: int, environment: str) -> ColumnElement[bool]:
    columns = pending_deployments.c
    return and_(columns.repo_id == repo_id, columns.run == run, columns.environment == environment)
