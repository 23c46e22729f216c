"""Repositories that take their turn no longer, and who waits behind them in their organisation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection, select, tuple_

from app.core.model.lock_requests import LIVE
from app.sql.database.engine import Database, run
from app.sql.queue.dirty import mark_dirty, repo_key, repo_of
from app.sql.schema.lock_tables import lock_request_groups, lock_requests

FAILED_LOOKS: Final = 8
"""So many looks in a row came to nothing: by their growing pauses two minutes, or more."""
DEATHS: Final = 2
"""So many looks in a row ended the process that had them: from then on the repository rests."""

_OF, _IN = lock_requests.c, lock_request_groups.c


def wake_behind(database: Database, connection: Connection, key: str) -> None:
    """
    Mark the work of everybody with a live request in a group that *key*'s repository has, or waits
    for, together with others: it is passed there from now on, and they see to the time of what it
    has.
    """
    if not key.startswith("repo-"):
        return
    for other in sorted(map(repo_key, _beside(connection, repo_of(key)))):  # as turns lock them
        mark_dirty(database, partial(run, connection), other)


def _beside(connection: Connection, repo_id: int) -> Sequence[int]:
    live = (_OF.repo_id == repo_id) & _OF.state.in_(sorted(LIVE))
    of_others = live & (_IN.scope != repo_key(repo_id))
    shared = select(_IN.scope, _IN.name).join(lock_requests).where(of_others)
    others = (
        select(_OF.repo_id)
        .join(lock_request_groups)
        .where(_OF.state.in_(sorted(LIVE)), _OF.repo_id != repo_id)
        .where(tuple_(_IN.scope, _IN.name).in_(shared))
        .distinct()
    )
    return connection.execute(others).scalars().all()
