"""The repositories that we know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache

from sqlalchemy import ClauseElement, ColumnElement, bindparam, func, or_, select, update

from app.core.model.repository_change import RepoChange, RepoRecord
from app.sql.database.engine import Database
from app.sql.database.prepared import change as carry_out
from app.sql.database.prepared import fetch
from app.sql.database.rows import insert_new, to_record, to_row
from app.sql.queue.dirty import repo_key
from app.sql.queue.passed import wake_behind
from app.sql.schema.tables import repositories

_ONE = select(repositories).where(repositories.c.id == bindparam("repo"))
_AWAITING = (
    select(func.count())
    .select_from(repositories)
    .where(repositories.c.installation_id == bindparam("own"), repositories.c.awaiting)
    .where(repositories.c.unavailable == "")
)
_NAMED = (
    select(repositories)
    .where(func.lower(repositories.c.owner) == func.lower(bindparam("of_owner")))
    .where(func.lower(repositories.c.name) == func.lower(bindparam("called")))
    .where(repositories.c.unavailable == "")
    .order_by(repositories.c.id.desc())
    .limit(1)
)
_CHANGEABLE = tuple(field.name for field in fields(RepoChange))


class SqlRepos:
    """Implements `Repos`; sequences are in order of id."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, repo_id: int) -> RepoRecord | None:
        with self._db.read("read a repository") as connection:
            rows = fetch(connection, _ONE, {"repo": repo_id})
        return to_record(RepoRecord, rows[0]) if rows else None

    def named(self, owner: str, name: str) -> RepoRecord | None:
        with self._db.read("read a repository") as connection:
            rows = fetch(connection, _NAMED, {"of_owner": owner, "called": name})
        return to_record(RepoRecord, rows[0]) if rows else None

    def all(self) -> Sequence[RepoRecord]:
        return self._where()

    def of_installation(self, installation_id: int) -> Sequence[RepoRecord]:
        return self._where(repositories.c.installation_id == installation_id)

    def awaiting(self, installation_id: int) -> int:
        with self._db.read("count repositories") as connection:
            return int(connection.execute(_AWAITING, {"own": installation_id}).scalar_one())

    def add(self, record: RepoRecord) -> bool:
        with self._db.write("store a repository") as connection:
            return insert_new(connection, repositories, to_row(record), ["id"])

    def change(
        self, repo_id: int, change: RepoChange, *, installation_id: int | None = None
    ) -> bool:
        values = {name: v for name in _CHANGEABLE if (v := getattr(change, name)) is not None}
        if not values:
            return False
        given = {"repo": repo_id, **{f"new_{name}": value for name, value in values.items()}}
        if installation_id is not None:
            given["own"] = installation_id
        statement = _changed(tuple(values), of_one=installation_id is not None)
        with self._db.write("change a repository") as connection:
            news = carry_out(connection, statement, [given])
            if news and change.unavailable:
                wake_behind(self._db, connection, repo_key(repo_id))
            return news

    def _where(self, *conditions: ColumnElement[bool]) -> list[RepoRecord]:
        query = select(repositories).where(*conditions).order_by(repositories.c.id)
        with self._db.read("read repositories") as connection:
            return [to_record(RepoRecord, row) for row in connection.execute(query).mappings()]


# Ticks change little, and often nothing: building the statement costs more than executing it.
@cache
def _changed(names: tuple[str, ...], *, of_one: bool) -> ClauseElement:
    """Give the id back where one of the columns *names* gets another value (``new_NAME``)."""
    columns = repositories.c
    values = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    news = or_(*(columns[name].is_distinct_from(value) for name, value in values.items()))
    statement = update(repositories).where(columns.id == bindparam("repo"), news)
    if of_one:
        statement = statement.where(columns.installation_id == bindparam("own"))
    return statement.values(values).returning(columns.id)
