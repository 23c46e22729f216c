"""Reading lock requests with their groups and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from app.core.names import GroupName
from app.core.records import LIVE, LockRequest
from app.sql.rows import to_record
from app.sql.tables import lock_request_groups, lock_requests

IS_LIVE = lock_requests.c.state.in_(sorted(LIVE))


def requests_where(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[LockRequest, ...]:
    """Every request that fulfils *condition*, by seq."""
    query = (
        select(
            lock_requests, lock_request_groups.c.name.label("group"), lock_request_groups.c.token
        )
        .join(lock_request_groups, lock_request_groups.c.request_id == lock_requests.c.id)
        .where(condition)
        .order_by(lock_requests.c.seq, lock_request_groups.c.place)
    )
    rows = connection.execute(query).mappings()
    found = []
    for _, parts in groupby(rows, key=lambda row: row["id"]):
        each = list(parts)
        groups = tuple(GroupName(part["group"]) for part in each)
        tokens = {part["group"]: part["token"] for part in each if part["token"] is not None}
        found.append(to_record(LockRequest, each[0], groups=groups, tokens=tokens))
    return tuple(found)


def live_in(
    connection: Connection, scope: str, names: Iterable[GroupName]
) -> tuple[LockRequest, ...]:
    """Every live request on any of the groups *names* of *scope*."""
    inside = select(lock_request_groups.c.request_id).where(
        lock_request_groups.c.scope == scope, lock_request_groups.c.name.in_(sorted(names))
    )
    return requests_where(connection, and_(IS_LIVE, lock_requests.c.id.in_(inside)))


def load(connection: Connection, repo_id: int, kept: Select[tuple[Any]]) -> tuple[LockRequest, ...]:
    """
    The live requests on every group that the repository's live requests name, and its ended ones
    of the promotions that *kept* selects; by seq.
    """
    mine = lock_requests.c.repo_id == repo_id
    named, near = lock_request_groups.alias("named"), lock_request_groups.alias("near")
    same_group = and_(named.c.scope == near.c.scope, named.c.name == near.c.name)
    neighbours = (
        select(near.c.request_id)
        .join(named, same_group)
        .where(named.c.request_id.in_(select(lock_requests.c.id).where(mine, IS_LIVE)))
    )
    live = and_(IS_LIVE, lock_requests.c.id.in_(neighbours))
    return requests_where(connection, or_(live, and_(mine, lock_requests.c.promotion.in_(kept))))
