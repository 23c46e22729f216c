"""
Who is at work on a database: many may be, or one alone.

SQLite: a lock on a file beside the database, which ends with its process. PostgreSQL: an advisory
lock, which ends with its session. A session of ours that lost its lock (the server was restarted
under it) is still seen by its name.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.errors import Transient
from app.sql.database.engine import Database
from app.sql.database.translate import translated

_KEY: Final = 0x57A6E10D  # any number that only we use, and not the one of migrations
_SHARED = text("SELECT pg_try_advisory_lock_shared(:key)")
_ALONE = text("SELECT pg_try_advisory_lock(:key)")
_FREE = text("SELECT pg_advisory_unlock_all()")
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'stagelock' AND pid <> pg_backend_pid()"
)

_ENDING: Final = 2.0
"""Seconds for which a session may be seen after its client has closed it: the server ends it."""
_PAUSE: Final = 0.02


@contextmanager
def among_others(database: Database) -> Iterator[bool]:
    """Be seen at work while the block runs; False: somebody is there alone, and must end first."""
    with _locked(database, alone=False) as is_locked:
        yield is_locked


@contextmanager
def alone(database: Database) -> Iterator[bool]:
    """Keep everybody else out while the block runs; False: somebody is at work."""
    database.close()  # our own sessions are no others
    with _locked(database, alone=True) as is_locked:
        yield is_locked


@contextmanager
def _locked(database: Database, *, alone: bool) -> Iterator[bool]:
    if database.kind == "sqlite":
        with _file_locked(database.file, alone=alone) as is_locked:
            yield is_locked
        return
    with translated("tell who is at work"), database.engine.connect() as connection:
        is_locked = _advised(connection, alone=alone)
        connection.commit()  # the lock is the session's; no transaction is left open meanwhile
        try:
            yield is_locked
        finally:
            with suppress(SQLAlchemyError):  # the session is gone, and its lock with it
                connection.execute(_FREE)  # now: the server ends a closed session when it notices
            connection.invalidate()


def _advised(connection: Connection, *, alone: bool) -> bool:
    if not connection.execute(_ALONE if alone else _SHARED, {"key": _KEY}).scalar_one():
        return False
    return not (alone and _others(connection))


def _others(connection: Connection) -> bool:
    """Whether sessions of others stay: those that were just closed, ours too, are seen briefly."""
    until = time.monotonic() + _ENDING
    while connection.execute(_OTHERS).scalar_one():
        if time.monotonic() > until:
            return True
        connection.commit()  # within one transaction the server answers from its first look
        time.sleep(_PAUSE)
    return False


@contextmanager
def _file_locked(database: Path, *, alone: bool) -> Iterator[bool]:
    with _opened(database.with_name(f"{database.name}-inuse")) as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise Transient(f"cannot open {path}: {error.strerror}") from error
