"""
Claim + finish of work, against the same statements written by hand on the driver's connection.

Both sides take turns in one run, a batch each; on SQLite, and on a PostgreSQL of its own.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.sql.queue.work import _CLAIM, _FINISH
from app.sql.store.store import SqlStore
from benchmarks.harness import Row, measure, within
from tests.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS, BY_HAND = "the store", "the same statements by hand"
ROUNDS = 15
TIMES = 40
LEASE = timedelta(seconds=30)
_LEASE_MICROS = 30_000_000


def through_the_store(store: SqlStore) -> None:
    claim = store.work.claim("bench", LEASE)
    if claim is None:
        raise RuntimeError("nothing to claim")
    store.work.finish(claim, timedelta())


def by_hand(store: SqlStore) -> tuple[Callable[[], None], Callable[[], None]]:
    """The same texts on one connection of the driver; what to call, and how to end."""
    claim, finish = store.database.sql(_CLAIM), store.database.sql(_FINISH)
    pooled = store.database.engine.raw_connection()
    connection: Any = pooled.driver_connection
    begin = "BEGIN IMMEDIATE" if store.database.kind == "sqlite" else None

    def once() -> None:
        cursor = connection.cursor()
        if begin:
            cursor.execute(begin)
        cursor.execute(claim, {"owner": "bench", "lease": _LEASE_MICROS})
        key, fence, _, _, owner, _ = cursor.fetchone()
        connection.commit()
        if begin:
            cursor.execute(begin)
        mine = {"key": key, "fence": fence, "owner": owner, "delay": 0, "failed": 0}
        cursor.execute(finish, mine)
        cursor.fetchall()
        connection.commit()

    return once, pooled.close


def compared(store: SqlStore, rounds: int) -> Row:
    """Both sides in turn on the database of *store*."""
    for number in range(20):
        store.work.touch(f"repo-{number}")
    once, end = by_hand(store)
    sides = {
        OURS: partial(repeated, partial(through_the_store, store)),
        BY_HAND: partial(repeated, once),
    }
    found = measure(sides, rounds=rounds)
    end()
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store.database.kind]
    what = f"claim + finish of work, {TIMES} times, {name}"
    return within(what, found[OURS], found[BY_HAND], 1.5)


def repeated(once: Callable[[], None]) -> None:
    """A batch: one alone is shorter than the machine's hiccups."""
    for _ in range(TIMES):
        once()


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    """A migrated store."""
    store = SqlStore(url)
    store.migrate()
    yield store
    store.close()


def rows(*, tiny: bool) -> list[Row]:
    """Measure on SQLite, and on PostgreSQL."""
    rounds = 1 if tiny else ROUNDS
    with tempfile.TemporaryDirectory() as folder, opened(f"sqlite:///{folder}/work.db") as store:
        found = [compared(store, rounds)]
    if not tiny:
        with tempfile.TemporaryDirectory() as folder:
            server = Postgres(Path(folder))
            server.start()
            try:
                with opened(server.fresh()) as store:
                    found.append(compared(store, rounds))
            finally:
                server.stop()
    return found
