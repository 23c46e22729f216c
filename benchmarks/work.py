"""
Claim + finish of work, against the same statements written by hand on the driver's connection.

    python -m benchmarks.work [sqlite:////file | postgresql://...]

Both sides take turns in one run; printed are medians and their ratio (goal: at most 1.5).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.sql.store import SqlStore
from app.sql.work import _CLAIM, _FINISH

if TYPE_CHECKING:
    from collections.abc import Callable

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
        key, fence, _, _, owner = cursor.fetchone()
        connection.commit()
        if begin:
            cursor.execute(begin)
        mine = {"key": key, "fence": fence, "owner": owner, "delay": 0, "failed": 0}
        cursor.execute(finish, mine)
        cursor.fetchall()
        connection.commit()

    return once, pooled.close


def timed(once: Callable[[], None]) -> float:
    """Milliseconds for one."""
    start = time.perf_counter()
    for _ in range(TIMES):
        once()
    return (time.perf_counter() - start) / TIMES * 1000


def main(url: str) -> None:
    store = SqlStore(url)
    store.migrate()
    for number in range(20):
        store.work.touch(f"repo-{number}")
    once, end = by_hand(store)
    sides: dict[str, tuple[Callable[[], None], list[float]]] = {
        "by hand": (once, []),
        "the store": (lambda: through_the_store(store), []),
    }
    for _ in range(ROUNDS):
        for call, times in sides.values():
            times.append(timed(call))
    end()
    store.close()
    medians = {name: statistics.median(times) for name, (_, times) in sides.items()}
    for name, median in medians.items():
        print(f"{store.database.kind:10} {name:10} {median:7.3f} ms")
    print(f"{store.database.kind:10} ratio      {medians['the store'] / medians['by hand']:7.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{folder}/work.db")
