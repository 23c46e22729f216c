"""Repositories that cannot take their turn now, and are passed in the queues of organisations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, literal, or_, select

from app.sql.queue.passed import DEATHS, FAILED_LOOKS
from app.sql.schema.tables import repositories, work


def takes_its_turn(repo_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """
    Somebody looks at that repository, and its looks come to something.

    Read in the transaction of the lock, so that whoever is passed was stuck at that moment.
    """
    there = repositories.alias("there").c  # the question may be asked of that table, too
    away = select(literal(1)).where(there.id == repo_id, there.unavailable != "")
    stuck = select(literal(1)).where(
        work.c.key == literal("repo-", Text).concat(cast(repo_id, Text)),
        or_(work.c.failures >= FAILED_LOOKS, work.c.deaths >= DEATHS),
    )
    return and_(*(obstacle.limit(1).scalar_subquery().is_(None) for obstacle in (away, stuck)))
