"""Reading lock requests with their groups and tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    not_,
    select,
    tuple_,
)

from app.core.model.group_names import named_from, organization, place
from app.core.model.group_records import GroupRecord
from app.core.model.lock_requests import (
    LIVE,
    DirectRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import GroupName
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row
from app.sql.locks.stuck import takes_its_turn
from app.sql.queue.dirty import repo_key
from app.sql.records.promotions import kept_ids
from app.sql.schema.lock_tables import lock_groups, lock_request_groups, lock_requests
from app.sql.schema.tables import repositories

_MINE = lock_requests.c.repo_id == bindparam("repo")
IS_LIVE = lock_requests.c.state.in_(sorted(LIVE))


def requests_where(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[OwnRequest, ...]:
    """Every request that fulfils *condition*, by seq."""
    return _requests(connection.execute(_where(condition)).mappings())


def _where(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            lock_requests,
            lock_request_groups.c.scope.label("of_scope"),
            lock_request_groups.c.name.label("of_name"),
            lock_request_groups.c.token,
            lock_request_groups.c.weight,
            lock_request_groups.c.permit,
        )
        .join(lock_request_groups)
        .where(condition)
        .order_by(lock_requests.c.seq, lock_request_groups.c.place)
    )


def _requests(rows: Iterable[Mapping[Any, Any]]) -> tuple[OwnRequest, ...]:
    requests: list[OwnRequest] = []
    for _, parts in groupby(rows, key=lambda row: row["id"]):
        each = list(parts)
        groups = tuple(map(_group, each))
        tokens = {_group(part): part["token"] for part in each if part["token"] is not None}
        of_groups = {"groups": groups, "tokens": tokens, **_taken(each)}
        if each[0]["kind"] == "stage":
            requests.append(to_record(LockRequest, each[0], **of_groups))
        else:
            requests.append(to_record(DirectRequest, each[0], told_as=None, **of_groups))
    return tuple(requests)


def _group(part: Mapping[Any, Any]) -> GroupName:
    return named_from(part["of_scope"], part["of_name"], repo_key(part["repo_id"]))


def _taken(each: Iterable[Mapping[Any, Any]]) -> dict[str, object]:
    """How many permits of each group, where it is not one, and which, where they have names."""
    weights = {_group(part): part["weight"] for part in each if part["weight"] != 1}
    names = {_group(part): tuple(part["permit"].split(",")) for part in each if part["permit"]}
    return {"weights": weights, "permits": names}


def live_in(
    connection: Connection, repo_id: int, groups: Iterable[GroupName]
) -> tuple[OwnRequest, ...]:
    """
    Every live request on any of *groups*, as that repository names them. Of other repositories'
    requests only what they name of the organisation: their own groups may have the same names.

    Whoever waits in a repository that nobody looks at now, or whose looks fail, is not among them:
    it could not take its turn, and would stop everybody behind it. Its place is kept: looked at
    again, it has it again.
    """
    home = repo_key(repo_id)
    values = {"places": sorted({place(group, home) for group in groups})}
    requests = _requests(connection.execute(_LIVE_IN, values).mappings())
    waiting = {request.repo_id for request in requests if request.state == "queued"} - {repo_id}
    away = left_alone(connection, waiting)
    present = (
        request for request in requests if request.state != "queued" or request.repo_id not in away
    )
    return as_seen(repo_id, present)


def left_alone(connection: Connection, repo_ids: Collection[int]) -> set[int]:
    """
    Those of the repositories that nobody looks at now (archived, deleted, not ours to see), or
    whose looks fail.
    """
    if not repo_ids:  # as nearly always: building the question takes longer than all else here
        return set()
    number = repositories.c.id
    query = select(number).where(number.in_(sorted(repo_ids)), not_(takes_its_turn(number)))
    return set(connection.execute(query).scalars())


def as_seen(repo_id: int, requests: Iterable[OwnRequest]) -> tuple[OwnRequest, ...]:
    """The requests as that repository meets them: others' in the groups of the organisation."""
    return tuple(
        request if request.repo_id == repo_id else _shared(request) for request in requests
    )


def _shared(request: OwnRequest) -> OwnRequest:
    groups = tuple(group for group in request.groups if organization(group) is not None)
    return replace(request, groups=groups)


def find(connection: Connection, request_id: int) -> OwnRequest | None:
    """That request, whatever its state."""
    return next(iter(_requests(fetch(connection, _BY_ID, {"number": request_id}))), None)


def live_of(connection: Connection, repo_id: int) -> tuple[OwnRequest, ...]:
    """Every live request of the repository, by seq."""
    return _requests(fetch(connection, _live_of(), {"repo": repo_id}))


def every_live(connection: Connection) -> tuple[OwnRequest, ...]:
    """Every live request on any group there is."""
    return requests_where(connection, IS_LIVE)


def row_of(request: OwnRequest) -> dict[str, Any]:
    """Its columns; a request that no stage makes has none of a stage's."""
    row = to_row(request, "id", "groups", "tokens", "weights", "permits", "told_as")
    if isinstance(request, LockRequest):
        return {**row, "kind": "stage"}
    return {**_NO_STAGE, **row}


_NO_STAGE: Mapping[str, Any] = {
    "stage": "",
    "promotion": "",
    "freight": None,
    "out_of_turn": False,
    "kept_by": "",
}


def load(connection: Connection, repo_id: int) -> tuple[OwnRequest, ...]:
    """
    The repository's live requests, and its ended ones of the promotions that are kept; by seq.
    """
    values = {"repo": repo_id}
    kept = _of_kept(connection.dialect.name)
    live, ended = live_of(connection, repo_id), _requests(fetch(connection, kept, values))
    by_id = {request.id: request for request in (*live, *ended)}
    return tuple(sorted(by_id.values(), key=lambda request: request.seq))


def groups_in(connection: Connection, repo_id: int) -> dict[GroupName, GroupRecord]:
    """Each group of the repository that was ever asked for."""
    rows = fetch(connection, _GROUPS_IN, {"scope": repo_key(repo_id)})
    return {GroupName(row["name"]): _record(row) for row in rows}


def groups_of(
    connection: Connection, repo_id: int, groups: Collection[GroupName]
) -> dict[GroupName, GroupRecord]:
    """Each of *groups* that was ever asked for."""
    home = repo_key(repo_id)
    places = {place(group, home): group for group in groups}
    columns = lock_groups.c
    query = select(lock_groups).where(tuple_(columns.scope, columns.name).in_(sorted(places)))
    rows = connection.execute(query).mappings() if places else ()
    return {places[row["scope"], row["name"]]: _record(row) for row in rows}


def _record(row: Mapping[Any, Any]) -> GroupRecord:
    lasted = tuple(timedelta(seconds=seconds) for seconds in row["lasted"])
    return GroupRecord(row["last_token"], lasted)


# Building a statement costs several times what executing it does: each is built once.
@cache
def _live_of() -> Select[Any]:
    """The repository's own that are live."""
    return _where(and_(_MINE, IS_LIVE))


@cache
def _of_kept(dialect: str) -> Select[Any]:
    """The repository's own, of the promotions that are kept."""
    of_stages = lock_requests.c.kind == "stage"  # others have no promotion
    return _where(and_(_MINE, of_stages, lock_requests.c.promotion.in_(kept_ids(dialect))))


_BY_ID = _where(lock_requests.c.id == bindparam("number"))
_GROUPS_IN = select(lock_groups).where(lock_groups.c.scope == bindparam("scope"))
_LIVE_IN = _where(
    and_(
        IS_LIVE,
        lock_requests.c.id.in_(
            select(lock_request_groups.c.request_id).where(
                tuple_(lock_request_groups.c.scope, lock_request_groups.c.name).in_(
                    bindparam("places", expanding=True)
                )
            )
        ),
    )
)
