"""What is forgotten, and when: nothing that a tick may still ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.errors import OutsideError
from app.sql.database.engine import Database
from app.sql.database.types import micros

AUDIT: Final = timedelta(days=400)
ENDED: Final = timedelta(days=400)
"""
Attempts that wrote nothing and were followed by another of the same freight, and lock requests of
promotions that are gone. The newest attempt of a freight, and whatever landed, is kept: a decision
may ask for it.
"""
SPENT: Final = timedelta(days=1)
"""Many times as long as a budget's window."""
RUNS: Final = timedelta(days=30)
"""Twice as long as ticks look at finished check runs."""
CHECKS: Final = timedelta(days=90)
"""What was said of a commit: asked again where somebody still wants to know."""
ASKED: Final = timedelta(days=90)
"""Comments and orders. A comment that may be listed again must be known: see the statement."""
MOST: Final = 100
"""Rows of each kind in one transaction, so that nobody waits long for the database."""

STATEMENTS: Final = (
    (
        CHECKS,
        """DELETE FROM checks WHERE (repo_id, sha) IN (
          SELECT repo_id, sha FROM checks WHERE since < :before ORDER BY since LIMIT :most)""",
    ),
    (
        AUDIT,
        """DELETE FROM audit WHERE number IN (
          SELECT number FROM audit WHERE at < :before ORDER BY at LIMIT :most)""",
    ),
    (
        SPENT,
        """DELETE FROM budget_spends WHERE number IN (
          SELECT number FROM budget_spends WHERE at < :before LIMIT :most)""",
    ),
    (
        RUNS,
        """DELETE FROM runs WHERE (repo_id, name, sha, serial) IN (
          SELECT repo_id, name, sha, serial FROM runs
          WHERE status = 'completed' AND NOT ready AND written_at < :before LIMIT :most)""",
    ),
    (
        ENDED,
        """DELETE FROM promotions WHERE number IN (
          SELECT p.number FROM promotions AS p WHERE p.ended_at < :before AND p.landed IS NULL
          AND p.number < (SELECT n.number FROM promotions AS n
            WHERE n.repo_id = p.repo_id AND n.stage = p.stage
            ORDER BY n.number DESC LIMIT 1 OFFSET 19)
          AND EXISTS (SELECT 1 FROM promotions AS n WHERE n.repo_id = p.repo_id
            AND n.stage = p.stage AND n.freight = p.freight AND n.number > p.number)
          AND NOT EXISTS (SELECT 1 FROM lock_requests AS r WHERE r.repo_id = p.repo_id
            AND r.promotion = p.id AND r.ended_at IS NULL)
          ORDER BY p.ended_at LIMIT :most)""",
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
    """
    Delete what is older than it is kept, a bounded part at a time; how many rows there were.

    A kind of row that cannot be deleted now keeps no other: its error is raised at the end.
    """
    gone, failed = 0, list[OutsideError]()
    for kept, statement in STATEMENTS:
        try:
            gone += forget_some(database, now - kept, statement)
        except OutsideError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return gone


def forget_some(database: Database, before: datetime, statement: str) -> int:
    """One of `STATEMENTS` in a transaction of its own; how many rows there were."""
    values = {"before": micros(before), "most": MOST}
    return len(database.once("forget old rows", f"{statement} RETURNING 1", values))
