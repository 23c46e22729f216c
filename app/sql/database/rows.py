"""Between records and rows: a column is named like its field, so this is all the mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import ClauseElement, ColumnElement, Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from app.sql.database.prepared import change

Value = TypeVar("Value")

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)


def to_row(record: DataclassInstance, *without: str) -> dict[str, Any]:
    """Return the fields of *record* as they are, *without* some."""
    names = _names(type(record))
    return {name: getattr(record, name) for name in names if name not in without}


def to_record(kind: type[Record], row: Mapping[Any, Any], **more: object) -> Record:
    """Build a record out of a row's columns of the same names, and *more* fields."""
    return kind(**{name: more[name] if name in more else row[name] for name in _names(kind)})


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


AT_ONCE: Final = 200
"""Values in one list of a statement."""


def parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """*values* in parts that a statement may list."""
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))


def listed(values: Sequence[Value]) -> dict[str, Value]:
    """
    *values* as `listing` takes them: up to the next power of two, the last one again and again.

    Lists are of few lengths, so that few statements are built.
    """
    size = 1 << (len(values) - 1).bit_length()
    filled = [*values, *(values[-1] for _ in range(len(values), size))]
    return {f"of{at}": value for at, value in enumerate(filled)}


def listing(column: ColumnElement[Any], size: int) -> ColumnElement[bool]:
    """*column* is one of so many values, which are given as `listed` gives them."""
    return column.in_([bindparam(f"of{at}", type_=column.type) for at in range(size)])


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert, or replace every other given column where *key* (unique) exists."""
    if not rows:
        return
    statement = _upsert(connection.dialect.name, table, tuple(rows[0]), tuple(key))
    change(connection, statement, rows)


def insert_new(
    connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[str]
) -> bool:
    """Insert unless *key* (unique) exists; whether it was new."""
    return change(connection, _insert_new(connection.dialect.name, table, tuple(key)), [row])


# Building a statement costs several times what executing it does: each is built once.
@lru_cache(maxsize=256)
def _upsert(
    dialect: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...]
) -> ClauseElement:
    insert = _insert(dialect, table)
    changes = {name: insert.excluded[name] for name in columns if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=changes)


@lru_cache(maxsize=256)
def _insert_new(dialect: str, table: Table, key: tuple[str, ...]) -> ClauseElement:
    insert = _insert(dialect, table).on_conflict_do_nothing(index_elements=key)
    return insert.returning(table.c[key[0]])


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    # Both dialects spell ON CONFLICT alike, but SQLAlchemy has no common construct for it.
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
