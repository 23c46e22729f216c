"""A database that has lost a table for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text


@contextmanager
def without(store, table: str) -> Iterator[None]:
    """The database has lost a table: every use of it fails meanwhile."""
    renamed(store, table, f"gone_{table}")
    try:
        yield
    finally:
        renamed(store, f"gone_{table}", table)


def renamed(store, old: str, new: str) -> None:
    with store.database.write("break it") as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
