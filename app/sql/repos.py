"""The repositories that we know."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, select

from app.core.records import RepoRecord
from app.sql.engine import Database
from app.sql.prepared import fetch
from app.sql.rows import to_record, to_row, upsert
from app.sql.tables import repositories

_ONE = select(repositories).where(repositories.c.id == bindparam("repo"))


class SqlRepos:
    """Implements `Repos`; sequences are in order of id."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, repo_id: int) -> RepoRecord | None:
        with self._db.read("read a repository") as connection:
            rows = fetch(connection, _ONE, {"repo": repo_id})
        return to_record(RepoRecord, rows[0]) if rows else None

    def all(self) -> Sequence[RepoRecord]:
        return self._where()

    def of_installation(self, installation_id: int) -> Sequence[RepoRecord]:
        return self._where(repositories.c.installation_id == installation_id)

    def save(self, record: RepoRecord) -> None:
        with self._db.write("store a repository") as connection:
            upsert(connection, repositories, [to_row(record)], ["id"])

    def _where(self, *conditions: ColumnElement[bool]) -> list[RepoRecord]:
        query = select(repositories).where(*conditions).order_by(repositories.c.id)
        with self._db.read("read repositories") as connection:
            return [to_record(RepoRecord, row) for row in connection.execute(query).mappings()]
