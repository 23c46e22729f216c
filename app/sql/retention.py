"""What is forgotten, and when: nothing that a tick may still ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.sql.engine import Database
from app.sql.promotions import KEPT
from app.sql.types import micros

AUDIT: Final = timedelta(days=400)
ENDED: Final = timedelta(days=400)
"""Promotions beyond the newest of their stage, and lock requests of promotions that are gone."""
RUNS: Final = timedelta(days=30)
"""Twice as long as ticks look at finished check runs."""
ASKED: Final = timedelta(days=90)
"""Comments and orders. A comment that may be listed again must be known: see the statement."""
MOST: Final = 2000
"""Rows of each kind in one go: nobody waits for the database meanwhile."""

_STATEMENTS: Final = (
    (
        AUDIT,
        """DELETE FROM audit WHERE number IN (
          SELECT number FROM audit WHERE at < :before ORDER BY at LIMIT :most)""",
    ),
    (
        RUNS,
        "DELETE FROM runs WHERE status = 'completed' AND NOT ready AND written_at < :before",
    ),
    (
        ENDED,
        f"""DELETE FROM promotions WHERE number IN (SELECT number FROM (
            SELECT number, ended_at, row_number() OVER (
              PARTITION BY repo_id, stage, ended_at IS NULL ORDER BY created_at DESC, number DESC
            ) AS place FROM promotions) AS ranked
          WHERE place > {KEPT} AND ended_at < :before LIMIT :most)""",
    ),
    (
        ENDED,
        """DELETE FROM lock_requests WHERE id IN (SELECT r.id FROM lock_requests AS r
          WHERE r.ended_at < :before AND NOT EXISTS (SELECT 1 FROM promotions AS p
            WHERE p.repo_id = r.repo_id AND p.id = r.promotion) LIMIT :most)""",
    ),
    (
        ASKED,
        """DELETE FROM commands WHERE number IN (SELECT c.number FROM commands AS c
          JOIN repositories AS r ON r.id = c.repo_id
          WHERE c.answered_at < :before AND c.created_at < r.comments_since - 86400000000
          LIMIT :most)""",
    ),
    (
        ASKED,
        """DELETE FROM orders WHERE id IN (
          SELECT id FROM orders WHERE done_at < :before LIMIT :most)""",
    ),
)


def forget(database: Database, now: datetime) -> int:
    """Delete what is older than it is kept, a bounded part at a time; how many rows there were."""
    gone = 0
    for kept, statement in _STATEMENTS:
        values = {"before": micros(now - kept)}
        if ":most" in statement:
            values["most"] = MOST
        rows = database.once("forget old rows", f"{statement} RETURNING 1", values)
        gone += len(rows)
    return gone
