"""What is read of queues of any length: of shared ones by a look, of any by who waits there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import CTE, Connection, Select, bindparam, case, func, not_, or_, select

from app.core.locks.foreign import alert_key, foreign, home
from app.core.locks.left_alone import held_time
from app.core.model.group_names import organization, place
from app.core.model.lock_requests import HOLDING, ForeignRequest, OwnRequest
from app.core.model.names import GroupName
from app.core.model.shared_queues import NEAR, SharedQueue
from app.sql.locks.queues import names_a_place
from app.sql.locks.requests import as_seen, left_alone, requests_where
from app.sql.locks.stuck import takes_its_turn
from app.sql.queue.dirty import repo_key
from app.sql.schema.lock_tables import lock_requests
from app.sql.schema.tables import commands, repositories

_OF = lock_requests.c


def shared_with(
    connection: Connection, repo_id: int, groups: Collection[GroupName]
) -> tuple[tuple[ForeignRequest, ...], dict[GroupName, SharedQueue]]:
    """
    The requests of others on those of *groups* that are an organisation's, as that repository may
    know them, by seq: whoever holds, and who waits first; and how long each queue is.

    Whoever waits in a repository that nobody looks at now, or whose looks fail, is not counted: it
    could not take its turn.
    """
    wanted: set[int] = set()
    queues = {}
    for group in groups:
        if organization(group) is None:
            continue
        values = {"places": [place(group, repo_key(repo_id))], "mine": repo_id}
        wanted.update(connection.execute(_holders(), values).scalars())
        rows = connection.execute(_queue(), {**values, "near": NEAR}).all()
        wanted.update(row.id for row in rows if row.repo_id != repo_id)
        mine = {row.id: row.place for row in rows if row.repo_id == repo_id}
        queues[group] = SharedQueue(rows[0].of if rows else 0, mine)
    requests = requests_where(connection, _OF.id.in_(sorted(wanted))) if wanted else ()
    names = _called(connection, {home(request) for request in requests}, repo_id)
    away = left_alone(connection, {r.repo_id for r in requests if r.state in HOLDING})
    keys = {r.id: alert_key(r, alone=r.repo_id in away) for r in requests}
    due = _due(connection, repo_id, {*keys.values()} - {""})
    return tuple(
        replace(
            foreign(request, names.get(home(request), "")),
            alert=keys[request.id] if keys[request.id] in due else "",
            alone=held_time(request) if request.repo_id in away else None,
        )
        for request in as_seen(repo_id, requests)
    ), queues


def _due(connection: Connection, repo_id: int, keys: Collection[str]) -> Collection[str]:
    """Those of *keys* under which nothing has been said in the repository."""
    if not keys:
        return ()
    of = commands.c
    said = select(of.key).where(of.repo_id == repo_id, of.key.in_(sorted(keys)))
    return set(keys) - set(connection.execute(said).scalars())


@cache
def _holders() -> Select[Any]:
    held = _OF.state.in_(sorted(HOLDING))
    return select(_OF.id).where(held, _OF.repo_id != bindparam("mine"), names_a_place())


@cache
def _queue() -> Select[Any]:
    """
    Who waits for one group: our own, and the first of all; with the place, and how many there are.
    """
    waits, away = _waiting()
    number = func.row_number().over(order_by=waits.c.seq)
    counted = select(waits.c.id, waits.c.repo_id, number.label("place"), _all().label("of"))
    placed = counted.where(waits.c.repo_id.not_in(away)).subquery("placed")
    shown = or_(placed.c.repo_id == bindparam("mine"), placed.c.place <= bindparam("near"))
    return select(placed).where(shown).order_by(placed.c.place)


def place_of(connection: Connection, request: OwnRequest, group: GroupName) -> tuple[int, int]:
    """Count who waits for *group* before the queued *request*, itself with them; and everybody."""
    key = repo_key(request.repo_id)
    values = {"places": [place(group, key)], "mine": request.repo_id, "seq": request.seq}
    of, here = connection.execute(_counted(), values).one()
    return here, of


@cache
def _counted() -> Select[int, int]:
    waits, away = _waiting()
    before = func.count(case((waits.c.seq <= bindparam("seq"), 1)))
    return select(func.count(), before).where(waits.c.repo_id.not_in(away)).select_from(waits)


def _waiting() -> tuple[CTE, Select[Any]]:
    """
    Who waits for one group, and the repositories of these that do not take their turn: asked once
    of each, not of each request.
    """
    queued = select(_OF.id, _OF.repo_id, _OF.seq).where(_OF.state == "queued", names_a_place())
    waits = queued.cte("waits")
    of_others = select(waits.c.repo_id).where(waits.c.repo_id != bindparam("mine")).distinct()
    others = of_others.subquery("others")
    return waits, select(others.c.repo_id).where(not_(takes_its_turn(others.c.repo_id)))


def _all() -> Any:
    return func.count().over()


def _called(connection: Connection, repo_ids: Collection[int], mine: int) -> Mapping[int, str]:
    """The full names of those of the repositories that are public, or *mine*."""
    columns = repositories.c
    query = select(columns.id, columns.owner, columns.name).where(
        columns.id.in_(sorted(repo_ids)), or_(columns.public, columns.id == mine)
    )
    rows: Iterable[Any] = connection.execute(query) if repo_ids else ()
    return {number: f"{owner}/{name}" for number, owner, name in rows}
