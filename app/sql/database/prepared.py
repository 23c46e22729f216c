"""
Statements that are built once, executed on the driver's own cursor: a third of SQLAlchemy's cost.

The types of `types.py` convert what goes in and comes out, as they do for SQLAlchemy; NULL is None
to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
_DIALECTS: dict[tuple[object, ...], Dialect] = {}


class Prepared:
    """One statement for one kind of database, given the names of its *keys*."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, keys: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys))
        if not isinstance(compiled, SQLCompiler):
            message = f"no statement: {statement!r}"
            raise TypeError(message)
        written = compiled.construct_expanded_state(dict.fromkeys(keys))  # lists are written out
        self.text, self._order = written.statement, written.positiontup
        self._fixed = {k: v for k, v in written.parameters.items() if k not in set(keys)}
        converts = {name: _binding(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._in = {name: convert for name, convert in converts.items() if convert is not None}
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._names = tuple(str(column.key) for column in columns)
        returned = ((str(c.key), _returning(c.type, dialect)) for c in columns)
        self._out = tuple((name, convert) for name, convert in returned if convert is not None)

    def bound(self, values: Values) -> Any:
        """Return *values* as the driver takes them."""
        taken = {**self._fixed, **values}
        for name, convert in self._in.items():
            if values.get(name) is not None:
                taken[name] = convert(taken[name])
        return taken if self._order is None else [taken[name] for name in self._order]

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        """Return a row of the driver's as a mapping by column."""
        record = dict(zip(self._names, row, strict=True))
        for name, convert in self._out:
            if record[name] is not None:
                record[name] = convert(record[name])
        return record


def fetch(connection: Connection, statement: Select[Any], values: Values) -> list[dict[str, Any]]:
    """Execute a statement that is built once for all, and return its rows."""
    ready = _prepared(statement, _shared(connection.dialect), tuple(values))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(ready.text, ready.bound(values))
        return [ready.read(row) for row in cursor.fetchall()]
    finally:
        cursor.close()


def change(connection: Connection, statement: ClauseElement, rows: Sequence[Values]) -> bool:
    """Execute a statement for each of *rows* (of one shape); whether the last gave a row back."""
    ready = _prepared(statement, _shared(connection.dialect), tuple(rows[0]))
    cursor = connection.connection.cursor()
    returned = False
    try:
        for row in rows:
            cursor.execute(ready.text, ready.bound(row))
            returned = cursor.description is not None and cursor.fetchone() is not None
    finally:
        cursor.close()
    return returned


def _shared(dialect: Dialect) -> Dialect:
    """
    One for all databases of a kind: each engine has its own, and would have every statement written
    anew. Not hung on a connection: what it writes depends on the server's kind and version alone.
    """
    kind = (dialect.name, dialect.driver, dialect.server_version_info)
    return _DIALECTS.setdefault(kind, dialect)


@lru_cache(maxsize=256)
def _prepared(statement: ClauseElement, dialect: Dialect, keys: tuple[str, ...]) -> Prepared:
    return Prepared(statement, dialect, keys)


def _binding(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _returning(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
