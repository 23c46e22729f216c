"""The first connection to the database: what is wrong with the setting, as the driver says it."""

from __future__ import annotations

from typing import Final

import psycopg
from sqlalchemy import exc

from app.errors import Rejected, Transient
from app.observe.redact import Redactor
from app.sql.database.engine import Database

VARIABLE: Final = "STAGELOCK_DATABASE_URL"
# The server's own words, in English: a refused connection has no error code in libpq.
_ANSWERED = (
    ("password authentication failed", "correct the user or the password in it"),
    ("no password supplied", "it holds no password, and the server asks for one"),
    ("no pg_hba.conf entry", "the server's pg_hba.conf lets nobody in from here"),
    ("role", "correct the user in it, or create that role"),
    ("database", "correct the database's name in it, or create that database"),
)
_MISSING = "does not exist"


def reach(database: Database) -> None:
    """
    Connect once. Rejected: the other side answered, and the setting is wrong. Transient: no answer.

    Both name the variable, the place and what to do, and never the password.
    """
    if database.kind == "sqlite":
        folder = database.file.parent
        if not folder.is_dir():
            raise Rejected(
                f"{VARIABLE}: the folder {folder} does not exist: make it, or correct the path"
            )
        return
    try:
        with database.engine.connect():
            return
    except exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        said = _first_line(str(error.orig), database)
    raise _told(said, database)


def _told(said: str, database: Database) -> Rejected | Transient:
    url = database.engine.url
    where = f"{url.host or 'this machine'}:{url.port or 5432}"
    message = f"{VARIABLE}: no connection to the database {url.database} at {where}: {said}"
    low = said.lower()
    for mark, advice in _ANSWERED:
        if mark in low and (mark not in {"role", "database"} or _MISSING in low):
            return Rejected(f"{message} ({advice})")
    return Transient(f"{message} (is the server up, and are host and port right?)")


def _first_line(text: str, database: Database) -> str:
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    password = database.engine.url.password
    return Redactor([str(password)] if password else [])(line)[:300]
