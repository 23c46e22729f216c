"""
The work table: a row for each thing to look at, held by one worker at a time.

A row is held while `owner` is set and `lease_until` lies ahead; it is due when `run_at` has come
and it is not held. `seen` is the generation that its last claim saw. All by the database's clock.
"""

from __future__ import annotations

from datetime import timedelta

from app.errors import Conflict
from app.ports.store import Claim
from app.sql.engine import Database, Rows, run
from app.sql.marking import mark_dirty
from app.sql.wake import Waker

_FREE = "run_at <= {now} AND (lease_until IS NULL OR lease_until <= {now})"
_CLAIM = f"""
UPDATE work SET owner = :owner, fence = fence + 1, seen = generation, lease_until = {{now}} + :lease
WHERE key = (SELECT key FROM work WHERE {_FREE} ORDER BY run_at, key LIMIT 1 {{skip_locked}})
RETURNING key, fence, generation, failures, owner
"""
_MINE = "key = :key AND fence = :fence AND owner = :owner"
_RENEW = f"UPDATE work SET lease_until = {{now}} + :lease WHERE {_MINE} RETURNING 1"
_REMAINING = f"SELECT lease_until - {{now}} FROM work WHERE {_MINE}"
_FINISH = f"""
UPDATE work SET owner = NULL, lease_until = NULL,
  run_at = CASE WHEN generation > seen THEN {{now}} ELSE {{now}} + :delay END,
  failures = CASE WHEN :failed = 1 THEN failures + 1 ELSE 0 END
WHERE {_MINE} RETURNING generation > seen
"""
_TAKE_OVER = """
UPDATE work SET owner = NULL, lease_until = NULL
WHERE substr(owner, 1, :length) = :prefix RETURNING 1
"""
_OLDEST = f"""
SELECT {{now}} - min(CASE WHEN lease_until > run_at THEN lease_until ELSE run_at END)
FROM work WHERE {_FREE}
"""
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
        for key, fence, generation, failures, holder in rows:
            return Claim(key, fence, generation, failures, holder)
        return None

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
        if not self._run("finish work", _FINISH, **values):
            raise lost(claim)

    def wait(self, timeout: timedelta) -> None:
        self._waker.wait(timeout)

    def take_over(self, owner_prefix: str) -> int:
        rows = self._run(
            "take over work", _TAKE_OVER, prefix=owner_prefix, length=len(owner_prefix)
        )
        return len(rows)

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


def _of(claim: Claim) -> dict[str, object]:
    return {"key": claim.key, "fence": claim.fence, "owner": claim.owner}
