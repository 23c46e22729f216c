"""What is forgotten, and when: nothing that a tick may still ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

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
CARDS: Final = timedelta(days=90)
"""Asked and found again, should a person be needed for so old a freight."""
MOST: Final = 100
"""Rows of each kind in one transaction, so that nobody waits long for the database."""


@dataclass(frozen=True)
class Kind:
    """Rows of a table that are forgotten."""

    kept: timedelta
    """So long after the time that *due* looks at."""
    table: str
    keys: tuple[str, ...]
    """The columns that name a row."""
    due: str
    """
    Which of the rows (`t`), for a search without any lock, and once more as they are deleted: a
    search through a long past holds up no writer, also where it finds nothing.
    """
    order: str = ""

    @property
    def search(self) -> str:
        """The statement that finds them, a bounded part at a time."""
        order = f"ORDER BY t.{self.order} " if self.order else ""
        keys = ", ".join(f"t.{key}" for key in self.keys)
        return f"SELECT {keys} FROM {self.table} AS t WHERE {self.due} {order}LIMIT :most"

    @property
    def delete(self) -> str:
        """The statement that deletes one of them, if it still is."""
        key = " AND ".join(f"t.{key} = :{key}" for key in self.keys)
        return f"DELETE FROM {self.table} AS t WHERE {key} AND {self.due}"


KINDS: Final = (
    Kind(CHECKS, "checks", ("repo_id", "sha"), "t.since < :before", order="since"),
    Kind(AUDIT, "audit", ("number",), "t.at < :before", order="at"),
    Kind(SPENT, "budget_spends", ("number",), "t.at < :before"),
    Kind(
        RUNS,
        "runs",
        ("repo_id", "name", "sha", "serial"),
        "t.status = 'completed' AND NOT t.ready AND t.written_at < :before",
    ),
    Kind(
        ENDED,
        "promotions",
        ("number",),
        """t.ended_at < :before AND t.landed IS NULL
          AND t.number < (SELECT n.number FROM promotions AS n
            WHERE n.repo_id = t.repo_id AND n.stage = t.stage
            ORDER BY n.number DESC LIMIT 1 OFFSET 19)
          AND EXISTS (SELECT 1 FROM promotions AS n WHERE n.repo_id = t.repo_id
            AND n.stage = t.stage AND n.freight = t.freight AND n.number > t.number)
          AND NOT EXISTS (SELECT 1 FROM lock_requests AS r WHERE r.repo_id = t.repo_id
            AND r.promotion = t.id AND r.ended_at IS NULL)""",
        order="ended_at",
    ),
    Kind(
        ENDED,
        "lock_requests",
        ("id",),
        """t.ended_at < :before AND NOT EXISTS (SELECT 1 FROM promotions AS p
            WHERE p.repo_id = t.repo_id AND p.id = t.promotion)""",
    ),
    Kind(
        ASKED,
        "commands",
        ("number",),
        """t.answered_at < :before AND t.created_at < (SELECT r.comments_since - 86400000000
            FROM repositories AS r WHERE r.id = t.repo_id)""",
    ),
    Kind(ASKED, "orders", ("id",), "t.done_at < :before"),
    Kind(CARDS, "cards", ("repo_id", "pull"), "t.over AND t.written_at < :before"),
    Kind(
        CARDS,
        "carriers",
        ("repo_id", "freight", "sha"),
        """t.at < :before AND NOT EXISTS (SELECT 1 FROM cards AS c
            WHERE c.repo_id = t.repo_id AND c.pull = t.pull AND NOT c.over)""",
    ),
)


def forget(database: Database, now: datetime) -> int:
    """
    Delete what is older than it is kept, a bounded part at a time; how many rows there were.

    A kind of row that cannot be deleted now keeps no other: its error is raised at the end.
    """
    gone, failed = 0, list[OutsideError]()
    for kind in KINDS:
        try:
            gone += drop(database, kind, now, found(database, kind, now))
        except OutsideError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return gone


Keys = dict[str, object]


def found(database: Database, kind: Kind, now: datetime) -> Sequence[Keys]:
    """Some rows that are due to be forgotten."""
    values = {"before": micros(now - kind.kept), "most": MOST}
    with database.read("look for old rows") as connection:
        return [dict(row) for row in connection.execute(text(kind.search), values).mappings()]


def drop(database: Database, kind: Kind, now: datetime, rows: Sequence[Keys]) -> int:
    """Delete *rows*, as far as they are due, in a transaction of their own; how many were."""
    if not rows:
        return 0
    before = micros(now - kind.kept)
    with database.write("forget old rows") as connection:
        values = [{**row, "before": before} for row in rows]
        return connection.execute(text(kind.delete), values).rowcount
