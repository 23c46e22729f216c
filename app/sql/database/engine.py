"""
One database, for any thread of any process: transactions, and text SQL that runs on both kinds.

SQLite: one file of ours (0600) in WAL mode, durable at each commit; a write transaction takes the
write lock when it begins, so that it never fails half way. PostgreSQL: psycopg 3.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, event

from app.errors import Transient
from app.sql.database import connect
from app.sql.database.group_commit import Answer, Sharing, Transaction
from app.sql.database.translate import committing, translated

# On PostgreSQL the start of the statement, which an index can be compared with (`clock_timestamp`
# cannot); no statement of ours compares it with a lease after waiting for a row. SQLite's clock has
# milliseconds.
_NOW = {
    "sqlite": "(CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000)",
    "postgresql": "(CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))",
}
_SKIP_LOCKED = {"sqlite": "", "postgresql": "FOR UPDATE SKIP LOCKED"}
_LOCKED = {"sqlite": "", "postgresql": "FOR NO KEY UPDATE"}
_NAMED = re.compile(r"(?<!:):([a-z_]+)\b")

Rows = list[tuple[Any, ...]]
Execute = Callable[[str, Mapping[str, object]], Rows]
"""Executes driver text (see `Database.sql`) and returns its rows, if it gives any."""


Hear = Callable[[list[Any]], None]
NEWS = "stagelock.news"
"""
In a writing connection's `info`: the list of what is told of its transaction once that is durable;
None where nobody hears. Threads of a process are heard in the order in which they committed, on
SQLite of all transactions, on PostgreSQL of those that follow one another.
"""


class Database:
    """
    The database behind *url* (`sqlite:////file` or `postgresql://...`).

    Connects on first use, in each process by itself: one object may be used before and after a
    fork and by many threads. Errors are those of `app/errors.py`. *hear* is told of `NEWS`, and
    raises nothing.
    """

    def __init__(self, url: str, hear: Hear | None = None) -> None:
        self._url = connect.parsed(url)
        self._hear = hear
        self._texts: dict[str, str] = {}
        self._live: dict[int, _Live] = {}

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)!r})"

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._url.get_backend_name()

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(str(self._url.database))

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        return self._mine().engine

    def sql(self, template: str) -> str:
        """
        Return *template* as this driver reads it: parameters as ``:name``; ``{now}``,
        ``{skip_locked}`` and ``{locked}`` stand for the database's clock in microseconds and for
        row locks.
        """
        text = self._texts.get(template)
        if text is None:
            kind = self.kind
            text = template.format(
                now=_NOW[kind], skip_locked=_SKIP_LOCKED[kind], locked=_LOCKED[kind]
            )
            if kind == "postgresql":
                text = _NAMED.sub(r"%(\1)s", text)
            self._texts[template] = text
        return text

    @contextmanager
    def write(self, doing: str) -> Iterator[Connection]:
        """One transaction, durable when the block ends; *doing* completes "cannot ..."."""
        live = self._mine()
        with live.turn(doing), translated(doing), live.engine.connect() as connection:
            news = connection.info[NEWS] = [] if self._hear is not None else None
            transaction = connection.begin()
            if live.is_sqlite:
                connect.begin_sqlite(connection, connect.BEGIN)
            yield connection  # an exception rolls back as the connection is given back
            with committing(), translated(doing):
                transaction.commit()
            if self._hear is not None and news:
                self._hear(news)

    @contextmanager
    def quick(self, doing: str) -> Iterator[Execute]:
        """
        Like `write`, for text SQL alone: on the driver's own connection, at a third of the cost.

        Yields what executes one `sql` text and returns its rows.
        """
        live = self._mine()
        with live.turn(doing), translated(doing):
            pooled = live.engine.raw_connection()
            connection: Any = pooled.driver_connection
            try:
                cursor = connection.cursor()
                if live.is_sqlite:
                    cursor.execute(connect.BEGIN)
                yield partial(_execute, cursor)
                with committing(), translated(doing):
                    connection.commit()
            except BaseException:
                _roll_back(connection)
                pooled.invalidate()  # the pool makes another
                raise
            finally:
                pooled.close()

    def together(self, doing: str, work: Callable[[Execute], Answer]) -> Answer:
        """
        Like `quick`, for writes that many threads make at once: on SQLite they share a transaction,
        and its wait for the disk (PostgreSQL lets transactions share that by itself). *work* has no
        effect but its statements: it may be begun twice.
        """
        if self.kind == "sqlite":
            return self._mine().sharing.run(doing, work)
        with self.quick(doing) as execute:
            return work(execute)

    @contextmanager
    def _kept(self, doing: str) -> Iterator[Execute]:
        """`quick` on a connection that stays: SQLite's pool costs as much as the statements."""
        live = self._mine()
        with live.turn(doing), translated(doing):
            connection = live.kept()
            try:
                cursor = connection.cursor()
                connect.begin(cursor)
                yield partial(_execute, cursor)
                with committing(), translated(doing):
                    connection.commit()
            except BaseException:
                _roll_back(connection)
                live.drop()
                raise

    def once(self, doing: str, template: str, values: Mapping[str, object]) -> Rows:
        """
        Execute one `sql` text as a transaction of its own and return its rows: on PostgreSQL one
        round trip instead of three.
        """
        if self.kind == "sqlite":
            with self.quick(doing) as execute:
                return execute(self.sql(template), values)
        with committing(), translated(doing):
            pooled = self._mine().engine.raw_connection()
            connection: Any = pooled.driver_connection
            try:
                connection.autocommit = True
                rows = _execute(connection.cursor(), self.sql(template), values)
                connection.autocommit = False
            except BaseException:
                pooled.invalidate()  # never give it back in another mode
                raise
            finally:
                pooled.close()
            return rows

    @contextmanager
    def read(self, doing: str) -> Iterator[Connection]:
        """One consistent view of everything; nothing may be written."""
        live = self._mine()
        with translated(doing), live.reading.connect() as connection, connection.begin():
            if live.is_sqlite:
                connect.begin_sqlite(connection, connect.BEGIN_READING)
            yield connection

    def room(self) -> str:
        """Empty where there is room to write, as far as can be seen from here, else the reason."""
        return connect.room(self._url) if self.kind == "sqlite" else ""

    def close(self) -> None:
        """
        Close this process's connections, once no thread is writing; the object may be used again.
        """
        live = self._live.pop(os.getpid(), None)
        if live is not None:
            live.close()

    def _mine(self) -> _Live:
        # Engines of a parent process stay referenced and untouched: finalising them here would
        # close connections that the parent still uses.
        pid = os.getpid()
        live = self._live.get(pid)
        return live or self._live.setdefault(pid, _Live(self._url, self._kept))


class _Live:
    """What belongs to one process: its engine, and on SQLite the queue of its writing threads."""

    def __init__(self, url: URL, transaction: Transaction) -> None:
        self.engine = (
            connect.sqlite(url) if url.get_backend_name() == "sqlite" else connect.postgres(url)
        )
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.reading = connect.reading(self.engine)
        self._writer = threading.Lock() if self.is_sqlite else None
        self.sharing = Sharing(transaction)
        self._kept: PoolProxiedConnection | None = None

    def kept(self) -> Any:
        """The driver's connection of whoever has the turn."""
        if self._kept is None:
            self._kept = self.engine.raw_connection()
            connect.impatient(self._kept.driver_connection)
        return self._kept.driver_connection

    def drop(self) -> None:
        """Close that connection; for whoever has the turn."""
        if self._kept is not None:
            self._kept.invalidate()
            self._kept = None

    def close(self) -> None:
        """
        Close what no thread uses: the process dies of a fault in SQLite where a connection is
        closed under the statement of another thread (https://www.sqlite.org/c3ref/close.html).
        """
        with suppress(Transient), self.turn("close the database"):
            self.drop()
        event.listen(
            self.engine.pool, "checkin", _close
        )  # what is in use now, once it is given back
        self.engine.dispose()

    @contextmanager
    def turn(self, doing: str) -> Iterator[None]:
        """Wait for this process's other writers: fairer and faster than SQLite's busy polling."""
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=connect.BUSY_SECONDS):
            raise Transient(f"cannot {doing}: another thread kept the database for too long")
        try:
            yield
        finally:
            self._writer.release()


def _close(connection: Any, _record: object) -> None:
    if connection is not None:  # it was not given up before
        with suppress(sqlite3.Error, psycopg.Error):
            connection.close()


def run(
    connection: Connection, statement: str, values: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """Execute driver text (see `Database.sql`) and return its rows, if it gives any."""
    return _execute(connection.connection.cursor(), statement, values)


def _roll_back(connection: Any) -> None:
    """
    End a failed transaction now: closing SQLite's connection does so only when the last of its
    cursors is gone (https://www.sqlite.org/c3ref/close.html), and the error's traceback holds one.
    """
    with suppress(sqlite3.Error, psycopg.Error):
        connection.rollback()


def _execute(cursor: Any, statement: str, values: Mapping[str, object]) -> Rows:
    cursor.execute(statement, values)
    return list(cursor.fetchall()) if cursor.description else []
