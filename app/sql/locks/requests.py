"""Reading lock requests with their groups and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    select,
)

from app.core.model.lock_requests import LIVE, AnyRequest, DirectRequest, LockRequest
from app.core.model.names import GroupName
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row
from app.sql.queue.dirty import repo_key
from app.sql.records.promotions import kept_ids
from app.sql.schema.lock_tables import lock_groups, lock_request_groups, lock_requests

_MINE = lock_requests.c.repo_id == bindparam("repo")
IS_LIVE = lock_requests.c.state.in_(sorted(LIVE))


def requests_where(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[AnyRequest, ...]:
    """Every request that fulfils *condition*, by seq."""
    return _requests(connection.execute(_where(condition)).mappings())


def _where(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            lock_requests,
            lock_request_groups.c.name.label("group"),
            lock_request_groups.c.token,
            lock_request_groups.c.weight,
            lock_request_groups.c.permit,
        )
        .join(lock_request_groups)
        .where(condition)
        .order_by(lock_requests.c.seq, lock_request_groups.c.place)
    )


def _requests(rows: Iterable[Mapping[Any, Any]]) -> tuple[AnyRequest, ...]:
    found: list[AnyRequest] = []
    for _, parts in groupby(rows, key=lambda row: row["id"]):
        each = list(parts)
        groups = tuple(GroupName(part["group"]) for part in each)
        tokens = {part["group"]: part["token"] for part in each if part["token"] is not None}
        of_groups = {"groups": groups, "tokens": tokens, **_taken(each)}
        if each[0]["kind"] == "stage":
            found.append(to_record(LockRequest, each[0], **of_groups))
        else:
            found.append(to_record(DirectRequest, each[0], **of_groups))
    return tuple(found)


def _taken(each: Iterable[Mapping[Any, Any]]) -> dict[str, object]:
    """How many permits of each group, where it is not one, and which, where they have names."""
    weights = {part["group"]: part["weight"] for part in each if part["weight"] != 1}
    names = {part["group"]: tuple(part["permit"].split(",")) for part in each if part["permit"]}
    return {"weights": weights, "permits": names}


def live_in(
    connection: Connection, scope: str, names: Iterable[GroupName]
) -> tuple[AnyRequest, ...]:
    """Every live request on any of the groups *names* of *scope*."""
    values = {"scope": scope, "names": sorted(names)}
    return _requests(connection.execute(_LIVE_IN, values).mappings())


def every_live(connection: Connection) -> tuple[AnyRequest, ...]:
    """Every live request on any group there is."""
    return requests_where(connection, IS_LIVE)


def row_of(request: AnyRequest) -> dict[str, Any]:
    """Its columns; a request that no stage makes has none of a stage's."""
    row = to_row(request, "id", "groups", "tokens", "weights", "permits")
    if isinstance(request, LockRequest):
        return {**row, "kind": "stage"}
    return {**_NO_STAGE, **row}


_NO_STAGE: Mapping[str, Any] = {
    "stage": "",
    "promotion": "",
    "freight": None,
    "out_of_turn": False,
    "refused_by": "",
    "refused_role": "",
}


def load(connection: Connection, repo_id: int) -> tuple[AnyRequest, ...]:
    """
    The live requests on every group that the repository's live requests name, and its ended ones
    of the promotions that are kept; by seq.
    """
    values = {"repo": repo_id}
    kept = _of_kept(connection.dialect.name)
    beside = _requests(fetch(connection, _beside(), values))
    found = {one.id: one for one in (*beside, *_requests(fetch(connection, kept, values)))}
    return tuple(sorted(found.values(), key=lambda request: request.seq))


def tokens(connection: Connection, repo_id: int) -> dict[GroupName, int]:
    """The newest token of each group of the repository; none was given where it is 0."""
    rows = fetch(connection, _TOKENS, {"scope": repo_key(repo_id)})
    return {GroupName(row["name"]): row["last_token"] for row in rows if row["last_token"]}


# Building a statement costs several times what executing it does: each is built once.
@cache
def _beside() -> Select[Any]:
    """Live, on a group that a live request of the repository names."""
    named, near = lock_request_groups.alias("named"), lock_request_groups.alias("near")
    same_group = and_(named.c.scope == near.c.scope, named.c.name == near.c.name)
    neighbours = (
        select(near.c.request_id)
        .join(named, same_group)
        .where(named.c.request_id.in_(select(lock_requests.c.id).where(_MINE, IS_LIVE)))
    )
    return _where(and_(IS_LIVE, lock_requests.c.id.in_(neighbours)))


@cache
def _of_kept(dialect: str) -> Select[Any]:
    """The repository's own, of the promotions that are kept."""
    of_stages = lock_requests.c.kind == "stage"  # others have no promotion
    return _where(and_(_MINE, of_stages, lock_requests.c.promotion.in_(kept_ids(dialect))))


_TOKENS = select(lock_groups.c.name, lock_groups.c.last_token).where(
    lock_groups.c.scope == bindparam("scope")
)
_LIVE_IN = _where(
    and_(
        IS_LIVE,
        lock_requests.c.id.in_(
            select(lock_request_groups.c.request_id).where(
                lock_request_groups.c.scope == bindparam("scope"),
                lock_request_groups.c.name.in_(bindparam("names", expanding=True)),
            )
        ),
    )
)
