"""Database errors, turned once into the errors that cross a port: no SQL, values or URLs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from app.errors import Conflict, OutsideError, Transient

NOT_MIGRATED = "the database is not at this version's schema: run `stagelock migrate`"

# https://www.sqlite.org/rescode.html, by primary name
_SQLITE = {
    "BUSY": "another process kept the database locked for too long",
    "LOCKED": "another process kept the database locked for too long",
    "FULL": "the disk is full (or the database reached its size limit)",
    "READONLY": "the database file may not be written",
    "IOERR": "the disk failed to read or write the database file (is it full, or over a quota?)",
    "CANTOPEN": "the database file cannot be opened (does its folder exist, may we read it?)",
    "CORRUPT": "the database file is damaged: restore it from a backup",
    "NOTADB": "the database file is not a SQLite database",
    "PERM": "the database file may not be read",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html, by code or class
_POSTGRES = {
    "08": "the connection to the database was lost",
    "25006": "the database accepts no writes now",
    "28": "the database refused our user or password",
    "3D": "the database does not exist",
    "40": "other transactions were in the way",
    "42501": "our database user lacks a right on our tables",
    "53100": "the database's disk is full",
    "53300": "the database has no connection left for us",
    "53": "the database is out of resources",
    "55P03": "another process kept a row locked for too long",
    "57": "the database is shutting down or cancelled the statement",
    "58": "the database's system failed",
}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise Conflict or Transient for what the database raises while *doing* something."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Conflict(f"cannot {doing}: it was stored differently already") from error
    except exc.TimeoutError as error:
        raise Transient(f"cannot {doing}: all database connections are in use") from error
    except exc.DBAPIError as error:
        raise _told(doing, error.orig, error) from error
    except (sqlite3.IntegrityError, psycopg.IntegrityError) as error:
        raise Conflict(f"cannot {doing}: it was stored differently already") from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _told(doing, error, error) from error


def _told(doing: str, original: BaseException | None, error: Exception) -> Exception:
    match original:
        case sqlite3.Error():
            reason = _sqlite(original)
        case psycopg.Error():
            reason = _postgres(original)
        case _:
            reason = None
    # What we cannot name is a mistake of ours: shown as it is, not retried in silence.
    return error if reason is None else Transient(f"cannot {doing}: {reason}")


def _sqlite(error: sqlite3.Error) -> str | None:
    if "no such table" in str(error) or "no such column" in str(error):
        return NOT_MIGRATED
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]
    return _SQLITE.get(name)


def _postgres(error: psycopg.Error) -> str | None:
    code = error.sqlstate
    if code is None:
        is_network = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return "the database cannot be reached" if is_network else None
    if code in {"42P01", "42703"}:  # undefined table, column
        return NOT_MIGRATED
    return _POSTGRES.get(code) or _POSTGRES.get(code[:2])


@contextmanager
def committing() -> Iterator[None]:
    """Mark what is lost during a commit as maybe done."""
    try:
        yield
    except OutsideError as error:
        if isinstance(error, Transient):
            error.maybe_done = True
        raise
