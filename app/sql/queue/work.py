"""
The work table: a row for each thing to look at, held by one worker at a time.

A row is held while `owner` is set and `lease_until` lies ahead; it is due when `run_at` has come,
it is not held, and it does not rest. `seen` is the generation that its last claim saw, `deaths` how
many claims in a row ended with the process that worked on them. All by the database's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.errors import Conflict
from app.ports.deaths import PAUSES, Death
from app.ports.store import Claim
from app.sql.database.engine import Database, Rows, run
from app.sql.queue.dirty import mark_dirty
from app.sql.queue.notify import Waker
from app.sql.queue.passed import DEATHS, FAILED_LOOKS, wake_behind

_FREE = (
    "run_at <= {now} AND (lease_until IS NULL OR lease_until <= {now})"
    " AND (rests_until IS NULL OR rests_until <= {now})"
)
_CLAIM = f"""
UPDATE work SET owner = :owner, fence = fence + 1, seen = generation, lease_until = {{now}} + :lease
WHERE key = (SELECT key FROM work WHERE {_FREE} ORDER BY run_at, key LIMIT 1 {{skip_locked}})
RETURNING key, fence, generation, failures, owner, deaths
"""
_BORROW = """
UPDATE work SET owner = :owner, fence = fence + 1, lease_until = {now} + :lease
WHERE key = :key AND (lease_until IS NULL OR lease_until <= {now})
RETURNING key, fence, generation, failures, owner, deaths
"""
_MINE = "key = :key AND fence = :fence AND owner = :owner"
_RENEW = f"UPDATE work SET lease_until = {{now}} + :lease WHERE {_MINE} RETURNING 1"
_GIVE_BACK = f"UPDATE work SET owner = NULL, lease_until = NULL WHERE {_MINE} RETURNING 1"
_REMAINING = f"SELECT lease_until - {{now}} FROM work WHERE {_MINE}"
_FINISH = f"""
UPDATE work SET owner = NULL, lease_until = NULL,
  run_at = CASE WHEN generation > seen THEN {{now}} ELSE {{now}} + :delay END,
  failures = CASE WHEN :failed = 1 THEN failures + 1 ELSE 0 END,
  deaths = 0, died_of = '', rests_until = NULL
WHERE {_MINE} RETURNING generation > seen
"""
_TAKE_OVER = """
UPDATE work SET owner = NULL, lease_until = NULL
WHERE substr(owner, 1, :length) = :prefix RETURNING 1
"""
_OLDEST = f"""
SELECT {{now}} - min(CASE WHEN lease_until > run_at THEN lease_until
  WHEN rests_until > run_at THEN rests_until ELSE run_at END)
FROM work WHERE {_FREE}
"""
_RESTS = " ".join(
    f"WHEN deaths < {before} THEN {{now}} + {pause // timedelta(microseconds=1)}"
    for before, pause in enumerate(PAUSES, 2)
)
_BURY = f"""
UPDATE work SET owner = NULL, lease_until = NULL, deaths = deaths + 1, died_of = :why,
  rests_until = CASE WHEN deaths < 1 THEN NULL {_RESTS}
    ELSE {{now}} + {PAUSES[-1] // timedelta(microseconds=1)} END
WHERE substr(owner, 1, :length) = :prefix RETURNING key, deaths, died_of, rests_until - {{now}}
"""
_REST = "SELECT key, deaths, died_of, rests_until - {now} FROM work WHERE key = :key"
_RESTING = "SELECT count(*) FROM work WHERE rests_until > {now}"

_DUE = f"SELECT count(*) FROM work WHERE {_FREE}"
_MICROSECOND = timedelta(microseconds=1)


class SqlWork:
    """Implements `Work`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._waker = Waker(database)

    def touch(self, key: str, delay: timedelta = timedelta()) -> None:
        with self._db.quick("mark work") as execute:
            mark_dirty(self._db, execute, key, delay)

    def claim(self, owner: str, lease: timedelta) -> Claim | None:
        rows = self._run("claim work", _CLAIM, owner=owner, lease=lease // _MICROSECOND)
        return next((Claim(*row) for row in rows), None)

    def renew(self, claim: Claim, lease: timedelta) -> None:
        if not self._run("renew a lease", _RENEW, **_of(claim), lease=lease // _MICROSECOND):
            raise lost(claim)

    def remaining(self, claim: Claim) -> timedelta:
        with self._db.read("read a lease") as connection:
            rows = run(connection, self._db.sql(_REMAINING), _of(claim))
        return timedelta(microseconds=rows[0][0]) if rows else timedelta()

    def finish(self, claim: Claim, delay: timedelta | None, *, failed: bool = False) -> None:
        values = {**_of(claim), "failed": int(failed)}
        values["delay"] = None if delay is None else delay // _MICROSECOND
        if not failed or claim.failures + 1 != FAILED_LOOKS:
            if not self._run("finish work", _FINISH, **values):
                raise lost(claim)
            return
        with self._db.write("finish work") as connection:
            if not run(connection, self._db.sql(_FINISH), values):
                raise lost(claim)
            wake_behind(self._db, connection, claim.key)

    def borrow(self, key: str, owner: str, lease: timedelta) -> Claim | None:
        values = {"key": key, "owner": owner, "lease": lease // _MICROSECOND}
        rows = self._run("borrow work", _BORROW, **values)
        return next((Claim(*row) for row in rows), None)

    def give_back(self, claim: Claim) -> None:
        self._run("give work back", _GIVE_BACK, **_of(claim))

    def wait(self, timeout: timedelta) -> None:
        self._waker.wait(timeout)

    def take_over(self, owner_prefix: str) -> int:
        rows = self._run(
            "take over work", _TAKE_OVER, prefix=owner_prefix, length=len(owner_prefix)
        )
        return len(rows)

    def bury(self, owner_prefix: str, why: str) -> Sequence[Death]:
        values = {"prefix": owner_prefix, "length": len(owner_prefix), "why": why}
        with self._db.write("bury a worker") as connection:
            deaths = [_death(row) for row in run(connection, self._db.sql(_BURY), values)]
            for death in deaths:
                if death.times == DEATHS:
                    wake_behind(self._db, connection, death.key)
        return deaths

    def deaths(self, key: str) -> Death | None:
        with self._db.read("read deaths") as connection:
            rows = run(connection, self._db.sql(_REST), {"key": key})
        return next((death for row in rows if (death := _death(row)).times), None)

    def resting(self) -> int:
        with self._db.read("read rests") as connection:
            return int(run(connection, self._db.sql(_RESTING), {})[0][0])

    def due_for(self) -> timedelta:
        with self._db.read("read due work") as connection:
            ((micros,),) = run(connection, self._db.sql(_OLDEST), {})
        return timedelta(microseconds=max(0, micros or 0))

    def due(self) -> int:
        """How many rows are due now."""
        with self._db.read("read due work") as connection:
            return int(run(connection, self._db.sql(_DUE), {})[0][0])

    def close(self) -> None:
        """Stop listening."""
        self._waker.close()

    def _run(self, doing: str, statement: str, **values: object) -> Rows:
        return self._db.once(doing, statement, values)


def lost(claim: Claim) -> Conflict:
    """Build the error of a worker that no longer holds what it claimed."""
    return Conflict(f"the lease on {claim.key} (fence {claim.fence}) is no longer ours")


def _death(row: Sequence[Any]) -> Death:
    key, times, why, micros = row
    return Death(key, times, why, timedelta(microseconds=max(0, micros or 0)))


def _of(claim: Claim) -> dict[str, object]:
    return {"key": claim.key, "fence": claim.fence, "owner": claim.owner}
