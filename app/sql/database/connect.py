"""Opening the two kinds of databases: how their connections are set up."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from app.errors import Rejected, Transient

BUSY_SECONDS: Final = 4
"""
How long a writer waits for another thread, and then for another process, before that becomes
Transient. Both together are less than the 10 s that GitHub waits for the answer to a delivery:
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
"""
ROOM_BYTES: Final = 64 * 1024 * 1024
"""Free space that a SQLite file needs to be ready: a delivery has up to 25 MB, stored twice."""

BEGIN: Final = "BEGIN IMMEDIATE"
BEGIN_READING: Final = "BEGIN"
_LOOK_AGAIN = 0.0005
"""Seconds: a fraction of what a commit takes."""


def parsed(text: str) -> URL:
    """Read a database URL; Rejected, without quoting it, if it is of no kind that we know."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None  # raised below, without the original: it may quote the password
    if url is None:
        raise Rejected("STAGELOCK_DATABASE_URL is not a database URL")
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite+pysqlite")
        case "sqlite" | "sqlite+pysqlite":
            raise Rejected("STAGELOCK_DATABASE_URL must name a file: sqlite:////data/stagelock.db")
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return url.set(drivername="postgresql+psycopg")
        case _:
            raise Rejected("STAGELOCK_DATABASE_URL must begin with sqlite: or postgresql:")


def sqlite(url: URL) -> Engine:
    """An engine whose transactions are begun by us; makes the file if there is none."""
    path = Path(str(url.database))
    if not path.exists():
        _create(path)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _create(path: Path) -> None:
    """Webhook bodies are private: the file (and with it -wal and -shm) is its owner's alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Transient(f"cannot create the database file {path}: {error.strerror}") from error


def room(url: URL) -> str:
    """Empty where the disk of a SQLite file has room, else that it has not, for people."""
    folder = Path(str(url.database)).parent
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return f"the folder of the database file cannot be looked at: {error.strerror}"
    free = disk.f_bavail * disk.f_frsize
    if free >= ROOM_BYTES:
        return ""
    wanted = ROOM_BYTES >> 20
    return f"the disk of the database is full: {free >> 20} MB are free, {wanted} MB are needed"


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    del entry
    connection.isolation_level = None  # transactions are begun by us: `begin_sqlite`
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def impatient(connection: Any) -> None:
    """Let SQLite refuse at once, for `begin`."""
    connection.execute("PRAGMA busy_timeout = 0")


def begin(cursor: Any) -> None:
    """
    Begin to write on an `impatient` connection, as soon as no other process does.

    SQLite's own waits grow to 100 ms (https://www.sqlite.org/c3ref/busy_timeout.html): whoever
    writes again and again would keep the others out.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(BEGIN)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LOOK_AGAIN)
        else:
            return


def begin_sqlite(connection: Connection, statement: str) -> None:
    """
    Begin a transaction that SQLAlchemy has begun in name.

    Not by its event: one listener makes each connection of the engine twice as expensive.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute(statement)


def postgres(url: URL) -> Engine:
    """An engine that notices connections that died in its pool."""
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,  # a webhook must not be lost to a connection that died in the pool
        hide_parameters=True,
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "application_name": "stagelock",
            # A machine that vanished closes no connection: notice it before GitHub gives up.
            "tcp_user_timeout": BUSY_SECONDS * 1000,
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine, for transactions that see one state from their begin to their end."""
    if engine.dialect.name == "sqlite":  # they always do
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_postgres(connection: Any, entry: ConnectionPoolEntry) -> None:
    del entry
    # By statement, not as a start-up option: connection poolers refuse those.
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()
