"""Taking the turn on lock groups: what is locked, in which order, and who looks at what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select, tuple_

from app.core.locks.protocol import Outdated
from app.core.model.group_names import place
from app.core.model.lock_requests import OwnRequest
from app.core.model.names import GroupName
from app.errors import Conflict
from app.ports.store import Claim
from app.sql.database.engine import Database, run
from app.sql.locks.queues import Queues
from app.sql.locks.transaction import Turn, find_request
from app.sql.queue.dirty import mark_dirty, repo_key
from app.sql.queue.fence import check_fence, hold_work
from app.sql.schema.floors import put_groups
from app.sql.schema.lock_tables import lock_groups

SOON = timedelta(seconds=60)
"""Within this time a position in a queue is shown anew where nothing else has happened."""


@contextmanager
def turn_on_request(
    database: Database,
    claim: Claim | None,
    request_id: int,
    doing: str,
    more: Iterable[GroupName] = (),
) -> Iterator[tuple[Turn, OwnRequest]]:
    """Take the turn on the groups of one request, and on *more*; Missing if there is no such."""
    with database.read(doing) as connection:
        request = find_request(connection, request_id)
    groups = (*request.groups, *more)
    with turn_on_groups(database, claim, request.repo_id, groups, doing) as turn:
        now = turn.find(request_id)
        if set(now.groups) != set(request.groups):
            raise Conflict(f"cannot {doing}: its groups were changed meanwhile")
        yield turn, now


@contextmanager
def turn_on_groups(
    database: Database, claim: Claim | None, repo_id: int, groups: Iterable[GroupName], doing: str
) -> Iterator[Turn]:
    """
    Lock the groups that the repository names, then the work of everybody in them, each in one
    order: transactions that share several never wait for each other in a circle. A change marks
    that work dirty: at once of whose requests it changed or made first, who may be granted, or have
    a part, by their next look; of the others, who wait at another place now, within `SOON`.

    Without a *claim* somebody asks who is no worker: a client of the lock API.
    """
    home = repo_key(repo_id)
    places = sorted({place(group, home) for group in groups})
    with database.write(doing) as connection:
        put_groups(database, connection, places)
        _lock_groups(connection, places)
        queues = Queues(connection, repo_id, places)
        keys = sorted({home, *map(repo_key, queues.repositories())})
        if claim is None:
            hold_work(connection, *keys)
        else:
            check_fence(connection, claim, *keys)
        turn = Turn(database, connection, home, queues)
        try:
            yield turn
        except Outdated as error:
            raise Conflict(str(error)) from error
        if turn.changed:
            now = {home, *map(repo_key, turn.of | queues.first())}
            for key in keys:
                delay = timedelta() if key in now else SOON
                mark_dirty(database, partial(run, connection), key, delay)


def _lock_groups(connection: Connection, places: Sequence[tuple[str, str]]) -> None:
    connection.execute(
        select(lock_groups.c.name)
        .where(tuple_(lock_groups.c.scope, lock_groups.c.name).in_(places))
        .order_by(lock_groups.c.scope, lock_groups.c.name)
        .with_for_update(key_share=True)
    ).all()
