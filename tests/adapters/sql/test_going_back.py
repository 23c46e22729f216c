"""What docs/releases.md promises of the database: forward with its rows, back by the backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from app.__main__ import main
from app.errors import Rejected
from app.sql.store.store import SqlStore
from tests.adapters.sql.versions import before, brought_to

Rows = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    made = SqlStore(url)
    yield made
    made.close()


def tables(connection: Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def filled(connection: Connection) -> Rows:
    """A row in every table that there is, and all that is in them then."""
    for table in tables(connection):
        row = {column.name: value(column) for column in table.columns}
        connection.execute(table.insert().values(row))
    return contents(connection)


def value(column: sa.Column[Any]) -> object:
    kind = column.type.python_type
    if kind is str:
        return "{}" if column.name in {"stays", "detail", "entry", "document"} else "[]"
    return {int: 7, bool: False, bytes: b"x", float: 7.0}[kind]


def contents(connection: Connection) -> Rows:
    found = {}
    for table in tables(connection):
        rows = connection.execute(table.select()).mappings()
        found[table.name] = [dict(row) for row in rows]
    return found


def test_each_row_of_the_version_before_is_there_after_the_migration(store: SqlStore) -> None:
    with store.database.write("the version before") as connection:
        brought_to(connection, before())
        old = filled(connection)
    assert "stagelock migrate" in store.ready()

    store.migrate()

    assert store.ready() == ""
    with store.database.engine.connect() as connection:
        new = contents(connection)
    for name, rows in old.items():
        assert len(rows) == len(new[name]) >= 1, name
        for was, now in zip(rows, new[name], strict=True):
            assert was.items() <= now.items(), name


@pytest.mark.parametrize("started", ["migrate", "serve"])
def test_a_database_of_a_newer_version_is_refused_in_words_and_left_as_it_is(
    store: SqlStore,
    url: str,
    started: str,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store.migrate()
    with store.database.write("a newer version") as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        old = filled(connection)
    monkeypatch.setenv("STAGELOCK_DATABASE_URL", url)
    monkeypatch.setenv("STAGELOCK_DATA_DIR", str(tmp_path))

    assert main([started]) == 3

    assert "migrated by a newer version: start that version, or restore" in capsys.readouterr().err
    with pytest.raises(Rejected, match="newer version"):
        store.migrate()
    with store.database.engine.connect() as connection:
        assert contents(connection) == old
