"""The database of all seeds of a process."""

from __future__ import annotations

import functools

from sqlalchemy import event

from app.sql import SqlStore
from app.sql.schema.columns import metadata
from tests.simulation.server import home
from tests.stores import sqlite_store


@functools.cache
def store() -> SqlStore:
    """One migrated database for all seeds of a process; each begins by emptying it."""
    made: SqlStore = sqlite_store(home())
    event.listen(made.database.engine, "connect", _in_memory)
    return made


def _in_memory(connection, _entry) -> None:
    """Nothing of it outlives the process."""
    connection.execute("PRAGMA synchronous = OFF")


def emptied() -> SqlStore:
    found = store()
    with found.database.write("empty the tables") as connection:
        for table in reversed(metadata.sorted_tables):
            connection.exec_driver_sql(f"DELETE FROM {table.name}")
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
    return found
