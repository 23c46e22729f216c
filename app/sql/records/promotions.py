"""Promotions of one repository, inside a transaction of the caller's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    FromClause,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union,
    update,
)

from app.core.model.facts import Content
from app.core.model.lock_requests import LIVE
from app.core.model.names import PromotionId, Sha, StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.records import Promotion
from app.sql.database.prepared import fetch
from app.sql.database.rows import insert_new, parts, to_record, to_row, upsert
from app.sql.database.types import content_mark
from app.sql.records import told_of
from app.sql.schema.lock_tables import lock_requests
from app.sql.schema.tables import promotions, stages

NEWEST: Final = 10
"""How many promotions of each stage every look begins with; a decision asks for older ones."""
PAGE: Final = 200
_REPO: BindParameter[int] = bindparam("repo")
_UNFINISHED: Final = (
    "waiting",
    "locking",
    "writing",
    "in-review",
    "verifying",
)


def save(connection: Connection, repo_id: int, records: Sequence[Promotion]) -> None:
    """Insert or replace by id; a new one gets the next number."""
    rows = [
        {"repo_id": repo_id, **to_row(record, "number"), "mark": _mark(record.written)}
        for record in records
    ]
    upsert(connection, promotions, rows, ["repo_id", "id"])
    for stage in {record.stage for record in records}:
        insert_new(connection, stages, {"repo_id": repo_id, "stage": stage}, ["repo_id", "stage"])
    for record in records:
        if record.leaves is not None and (record.landed or record.state == "verified"):
            connection.execute(_CAME_BACK, {"of_repo": repo_id, "of_id": record.id})


def find(connection: Connection, repo_id: int, promotion: PromotionId) -> Promotion | None:
    """Return one promotion, however old."""
    rows = fetch(connection, _ONE, {"repo": repo_id, "promotion": promotion})
    return to_record(Promotion, rows[0]) if rows else None


def load(connection: Connection, repo_id: int) -> tuple[Promotion, ...]:
    """
    The unfinished, those of live lock requests, each stage's newest, its newest rollback, and
    those on whose commits deliveries told of something; by number.
    """
    rows = fetch(connection, _kept(connection.dialect.name), {"repo": repo_id})
    return tuple(to_record(Promotion, row) for row in rows)


def cuts(connection: Connection, repo_id: int) -> dict[StageName, int]:
    """For each stage with promotions that `load` leaves out, the number where its newest begin."""
    rows = fetch(connection, _cuts(connection.dialect.name), {"repo": repo_id})
    return {StageName(row["stage"]): row["cut"] for row in rows if row["cut"] is not None}


def past(connection: Connection, repo_id: int, asked: PastQuestion) -> tuple[Promotion, ...]:
    """The promotions that *asked* is about, by number: all of a freight, else a page."""
    values: dict[str, object] = {"repo": repo_id, "stage": asked.stage}
    if asked.freight is not None:
        rows = fetch(connection, _OF_FREIGHT, {**values, "freight": asked.freight})
    elif asked.head is not None:
        rows = fetch(connection, _OF_HEAD, {**values, "head": asked.head})
    elif asked.since is not None:
        rows = fetch(connection, _SINCE, {**values, "since": asked.since})
    elif asked.landed is not None:
        rows = fetch(connection, _OF_LANDED, {**values, "commit": asked.landed})
    elif asked.content is not None:
        rows = fetch(connection, _OF_CONTENT, {**values, "mark": _mark(asked.content)})
    else:
        rows = fetch(
            connection, _before(connection.dialect.name), {**values, "before": asked.before}
        )
    return tuple(to_record(Promotion, row) for row in reversed(rows))


def of_pull(connection: Connection, repo_id: int, pull: int) -> tuple[Promotion, ...]:
    """The promotions of one pull request, by number, however old."""
    rows = fetch(connection, _OF_PULL, {"repo": repo_id, "pull": pull})
    return tuple(to_record(Promotion, row) for row in rows)


def landed_as(
    connection: Connection, repo_id: int, commits: Sequence[Sha]
) -> tuple[Promotion, ...]:
    """The promotions that landed as one of *commits*, by number, however old."""
    landed: list[Promotion] = []
    for part in parts(commits):
        rows = connection.execute(_LANDED_AS, {"repo": repo_id, "commits": part}).mappings()
        landed += [to_record(Promotion, row) for row in rows]
    return tuple(sorted(landed, key=lambda promotion: promotion.number))


def _mark(content: Content) -> str:
    return content_mark(json.dumps(content))


@cache
def _kept(dialect: str) -> Select[Any]:
    return (
        select(promotions)
        .where(promotions.c.repo_id == _REPO, promotions.c.id.in_(kept_ids(dialect)))
        .order_by(promotions.c.number)
    )


@cache
def kept_ids(dialect: str) -> Select[tuple[Any]]:
    """Select the ids of the promotions that `load` returns, of the repository ``:repo``."""
    first = select(promotions.c.id)
    newest = _newest_each() if dialect == "postgresql" else _newest_above()
    unfinished = first.where(promotions.c.repo_id == _REPO, promotions.c.state.in_(_UNFINISHED))
    granted = select(lock_requests.c.promotion).where(
        lock_requests.c.repo_id == _REPO, lock_requests.c.state.in_(sorted(LIVE))
    )
    back = first.join(stages, _IS_BACK).where(stages.c.repo_id == _REPO)
    newest = newest.where(stages.c.repo_id == _REPO)
    kept = union(newest, unfinished, granted, back, told_of.landings()).subquery()
    return select(kept.c[0])


def _newest_each() -> Select[tuple[Any]]:
    """For PostgreSQL, which then knows how few they are, and looks each up."""
    newest = _newest_first(select(promotions.c.id), promotions, stages.c.repo_id, stages.c.stage)
    each = newest.limit(literal_column(str(NEWEST))).correlate(stages).lateral()
    return select(each.c.id).select_from(stages.join(each, true()))


def _newest_first(query: Select[Any], of: FromClause, repo: Any, stage: Any) -> Select[Any]:
    """
    The stage's rows, newest first, for PostgreSQL: by the index of just these.

    Compared one by one, and ordered by number alone, it walks the numbers of all repositories back
    until it met enough, however long ago that was.
    """
    here, there = tuple_(of.c.repo_id, of.c.stage), tuple_(repo, stage)
    order = (of.c.repo_id.desc(), of.c.stage.desc(), of.c.number.desc())
    return query.where(here >= there, here <= there).order_by(*order)


def _newest_above() -> Select[tuple[Any]]:
    """For SQLite, which knows no lateral joins."""
    # An outer join keeps it from reading all promotions first and then their stages.
    return (
        select(promotions.c.id)
        .select_from(stages)
        .outerjoin(
            promotions,
            (promotions.c.repo_id == stages.c.repo_id)
            & (promotions.c.stage == stages.c.stage)
            & (promotions.c.number >= _nth(NEWEST, "sqlite", least=True)),
        )
    )


def _nth(place: int, dialect: str, *, least: bool = False) -> Any:
    """The number of each of `stages`' newest promotions but for so many less one; else nothing."""
    older = promotions.alias("older")
    query = select(older.c.number)
    if dialect == "postgresql":
        query = _newest_first(query, older, stages.c.repo_id, stages.c.stage)
    else:
        query = query.where(older.c.repo_id == stages.c.repo_id, older.c.stage == stages.c.stage)
        query = query.order_by(older.c.number.desc())
    nth = query.limit(1).offset(literal_column(str(place - 1))).correlate(stages)
    number = nth.scalar_subquery()
    return func.coalesce(number, 0) if least else number


@cache
def _cuts(dialect: str) -> Select[Any]:
    cut = _nth(NEWEST, dialect).label("cut")
    return select(stages.c.stage, cut).where(stages.c.repo_id == _REPO)


@cache
def _before(dialect: str) -> Select[Any]:
    if dialect != "postgresql":
        return _OF_STAGE.where(promotions.c.number < bindparam("before")).limit(PAGE)
    stage, before = bindparam("stage", type_=Text), bindparam("before", type_=BigInteger)
    row = tuple_(promotions.c.repo_id, promotions.c.stage, promotions.c.number)
    query = _newest_first(select(promotions), promotions, _REPO, stage)
    return query.where(row < tuple_(_REPO, stage, before)).limit(PAGE)


_IS_BACK = (promotions.c.repo_id == stages.c.repo_id) & (promotions.c.number == stages.c.back)
_OF_ROLLBACK = (promotions.c.repo_id == bindparam("of_repo")) & (
    promotions.c.id == bindparam("of_id")
)
_CAME_BACK = (
    update(stages)
    .where(
        stages.c.repo_id == bindparam("of_repo"),
        stages.c.stage == select(promotions.c.stage).where(_OF_ROLLBACK).scalar_subquery(),
        func.coalesce(stages.c.back, 0)
        < select(promotions.c.number).where(_OF_ROLLBACK).scalar_subquery(),
    )
    .values(back=select(promotions.c.number).where(_OF_ROLLBACK).scalar_subquery())
)
_ONE = select(promotions).where(
    promotions.c.repo_id == _REPO, promotions.c.id == bindparam("promotion")
)
_OF_STAGE = (
    select(promotions)
    .where(promotions.c.repo_id == _REPO, promotions.c.stage == bindparam("stage"))
    .order_by(promotions.c.number.desc())
)
_OF_PULL = (
    select(promotions)
    .where(promotions.c.repo_id == _REPO, promotions.c.pull == bindparam("pull"))
    .order_by(promotions.c.number)
)
_LANDED_AS = (
    select(promotions)
    .where(promotions.c.repo_id == _REPO)
    .where(promotions.c.landed.in_(bindparam("commits", expanding=True)))
)
_OF_FREIGHT = _OF_STAGE.where(promotions.c.freight == bindparam("freight"))
_OF_HEAD = _OF_STAGE.where(promotions.c.head == bindparam("head")).limit(PAGE)
_OF_CONTENT = _OF_STAGE.where(promotions.c.mark == bindparam("mark")).limit(PAGE)
_OF_LANDED = _OF_STAGE.where(promotions.c.landed == bindparam("commit"))
_SINCE = _OF_STAGE.where(promotions.c.ended_at >= bindparam("since"))
