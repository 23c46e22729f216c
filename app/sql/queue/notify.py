"""Waiting for work without asking all the time."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from typing import Final

import psycopg

from app.errors import OutsideError
from app.sql.database.engine import Database, run
from app.sql.database.translate import translated
from app.sql.queue.dirty import CHANNEL

POLL: Final = 0.05
"""Seconds between two looks at a SQLite file: it tells nobody when it changes."""
_RECONNECT: Final = 1.0

_UNTIL_DUE = """
SELECT min(CASE WHEN lease_until > run_at THEN lease_until ELSE run_at END) - {now}
FROM work WHERE run_at IS NOT NULL
"""


class Waker:
    """
    Sleeps until a row may be due. Any thread may wait; each has its own listening connection.

    A database that does not answer is waited out: whoever claims next gets the error.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._mine = threading.local()
        self._open: list[_Listener] = []

    def wait(self, timeout: timedelta) -> None:
        """Return when something may be due, at the latest after *timeout*."""
        end = time.monotonic() + timeout.total_seconds()
        try:
            if self._db.kind == "postgresql":
                self._listen(end)
            else:
                self._poll(end)
        except OutsideError:
            self._hang_up()
            time.sleep(max(0.0, min(_RECONNECT, end - time.monotonic())))

    def close(self) -> None:
        """Close the listening connections of this process."""
        for listener in self._open:
            listener.close()
        self._open.clear()

    def _poll(self, end: float) -> None:
        while True:
            # Another process may mark work at any moment, so a far due time is no reason to sleep.
            pause = min(POLL, end - time.monotonic(), self._until_due())
            if pause <= 0:
                return
            time.sleep(pause)

    def _listen(self, end: float) -> None:
        listener = self._listener()  # first listen, then look: nothing is missed in between
        pause = min(end - time.monotonic(), self._until_due())
        if pause > 0:
            listener.wait(pause)

    def _until_due(self) -> float:
        with self._db.read("look for work") as connection:
            ((micros,),) = run(connection, self._db.sql(_UNTIL_DUE), {})
        return float("inf") if micros is None else micros / 1_000_000

    def _listener(self) -> _Listener:
        listener: _Listener | None = getattr(self._mine, "listener", None)
        if listener is None or listener.pid != os.getpid():
            listener = _Listener(self._db)
            self._mine.listener = listener
            self._open.append(listener)
        return listener

    def _hang_up(self) -> None:
        listener: _Listener | None = getattr(self._mine, "listener", None)
        if listener is not None:
            self._mine.listener = None
            self._open.remove(listener)
            listener.close()


class _Listener:
    """One connection that hears of marked work."""

    def __init__(self, database: Database) -> None:
        self.pid = os.getpid()
        with translated("listen for work"):
            pooled = database.engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
        if not isinstance(connection, psycopg.Connection):
            raise TypeError("only PostgreSQL can be listened to")
        self._connection = connection
        with translated("listen for work"):
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> None:
        with translated("listen for work"):
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return

    def close(self) -> None:
        if self.pid == os.getpid():
            self._connection.close()
