"""Between records and rows: a column is named like its field, so this is all the mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)


def to_row(record: DataclassInstance, *without: str) -> dict[str, Any]:
    """Return the fields of *record* as they are, *without* some."""
    names = (field.name for field in fields(record))
    return {name: getattr(record, name) for name in names if name not in without}


def to_record(kind: type[Record], row: RowMapping, **more: object) -> Record:
    """Build a record out of a row's columns of the same names, and *more* fields."""
    names = (field.name for field in fields(kind))
    return kind(**{name: more[name] if name in more else row[name] for name in names})


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert, or replace every other given column where *key* (unique) exists."""
    if not rows:
        return
    insert = _insert(connection, table)
    changes = {name: insert.excluded[name] for name in rows[0] if name not in key}
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changes), list(rows))


def insert_new(
    connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[str]
) -> bool:
    """Insert unless *key* (unique) exists; whether it was new."""
    insert = _insert(connection, table).values(row).on_conflict_do_nothing(index_elements=key)
    return connection.execute(insert.returning(table.c[key[0]])).first() is not None


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    # Both dialects spell ON CONFLICT alike, but SQLAlchemy has no common construct for it.
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
