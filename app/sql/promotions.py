"""Freights and promotions of one repository, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select, union

from app.core.names import PromotionId, Sha, StageName
from app.core.questions import PastQuestion
from app.core.records import LIVE, Freight, Promotion
from app.sql.locktables import lock_requests
from app.sql.prepared import fetch
from app.sql.rows import insert_new, to_record, to_row, upsert
from app.sql.tables import freights, promotions, stages

NEWEST: Final = 20
"""How many promotions of each stage every look begins with; a decision asks for older ones."""
PAGE: Final = 200
_UNFINISHED: Final = (
    "waiting",
    "locking",
    "writing",
    "in-review",
    "verifying",
)


def mint(connection: Connection, repo_id: int, freight: Freight) -> None:
    """Store a freight; the first minting of one counts."""
    row = {"repo_id": repo_id, **to_row(freight)}
    insert_new(connection, freights, row, ["repo_id", "id"])


def load_freights(connection: Connection, repo_id: int) -> tuple[Freight, ...]:
    """All of them, by warehouse, newest minted last."""
    rows = fetch(connection, _FREIGHTS, {"repo": repo_id})
    found = [to_record(Freight, row) for row in rows]
    return tuple(sorted(found, key=lambda freight: freight.id.warehouse))


def save(connection: Connection, repo_id: int, records: Sequence[Promotion]) -> None:
    """Insert or replace by id; a new one gets the next number."""
    rows = [{"repo_id": repo_id, **to_row(record, "number")} for record in records]
    upsert(connection, promotions, rows, ["repo_id", "id"])
    for stage in {record.stage for record in records}:
        insert_new(connection, stages, {"repo_id": repo_id, "stage": stage}, ["repo_id", "stage"])


def find(connection: Connection, repo_id: int, promotion: PromotionId) -> Promotion | None:
    """Return one promotion, however old."""
    rows = fetch(connection, _ONE, {"repo": repo_id, "promotion": promotion})
    return to_record(Promotion, rows[0]) if rows else None


def load(connection: Connection, repo_id: int) -> tuple[Promotion, ...]:
    """The unfinished, those of live lock requests, and each stage's newest; by number."""
    rows = fetch(connection, _KEPT, {"repo": repo_id})
    return tuple(to_record(Promotion, row) for row in rows)


def cuts(connection: Connection, repo_id: int) -> dict[StageName, int]:
    """For each stage with promotions that `load` leaves out, the number where its newest begin."""
    rows = fetch(connection, _CUTS, {"repo": repo_id})
    return {StageName(row["stage"]): row["cut"] for row in rows if row["cut"] is not None}


def past(connection: Connection, repo_id: int, asked: PastQuestion) -> tuple[Promotion, ...]:
    """The promotions that *asked* is about, by number: all of a freight, else a page."""
    values: dict[str, object] = {"repo": repo_id, "stage": asked.stage}
    if asked.freight is not None:
        rows = fetch(connection, _OF_FREIGHT, {**values, "freight": asked.freight})
    elif asked.head is not None:
        rows = fetch(connection, _OF_HEAD, {**values, "head": asked.head})
    elif asked.content is not None:
        rows = fetch(connection, _OF_CONTENT, {**values, "content": asked.content})
    else:
        rows = fetch(connection, _BEFORE, {**values, "before": asked.before})
    return tuple(to_record(Promotion, row) for row in reversed(rows))


def of_pull(connection: Connection, repo_id: int, pull: int) -> tuple[Promotion, ...]:
    """The promotions of one pull request, by number, however old."""
    rows = fetch(connection, _OF_PULL, {"repo": repo_id, "pull": pull})
    return tuple(to_record(Promotion, row) for row in rows)


def landed_as(connection: Connection, repo_id: int, commit: Sha) -> tuple[Promotion, ...]:
    """The promotions that landed as *commit*, by number, however old."""
    rows = fetch(connection, _LANDED_AS, {"repo": repo_id, "commit": commit})
    return tuple(to_record(Promotion, row) for row in rows)


def kept_ids(repo: BindParameter[int]) -> Select[tuple[Any]]:
    """Select the ids of the promotions that `load` returns."""
    first = select(promotions.c.id)
    # An outer join keeps SQLite from reading all promotions first and then their stages.
    newest = (
        first.select_from(stages)
        .outerjoin(
            promotions,
            (promotions.c.repo_id == stages.c.repo_id)
            & (promotions.c.stage == stages.c.stage)
            & (promotions.c.number >= _nth(NEWEST, least=True)),
        )
        .where(stages.c.repo_id == repo)
    )
    unfinished = first.where(promotions.c.repo_id == repo, promotions.c.state.in_(_UNFINISHED))
    granted = select(lock_requests.c.promotion).where(
        lock_requests.c.repo_id == repo, lock_requests.c.state.in_(sorted(LIVE))
    )
    found = union(newest, unfinished, granted).subquery()
    return select(found.c[0])


def _nth(place: int, *, least: bool = False) -> Any:
    """The number of each of `stages`' newest promotions but for so many less one; else nothing."""
    older = promotions.alias("older")
    found = (
        select(older.c.number)
        .where(older.c.repo_id == stages.c.repo_id, older.c.stage == stages.c.stage)
        .order_by(older.c.number.desc())
        .limit(1)
        .offset(place - 1)
        .correlate(stages)
        .scalar_subquery()
    )
    return func.coalesce(found, 0) if least else found


_REPO: BindParameter[int] = bindparam("repo")
_FREIGHTS = select(freights).where(freights.c.repo_id == _REPO).order_by(freights.c.number)
_ONE = select(promotions).where(
    promotions.c.repo_id == _REPO, promotions.c.id == bindparam("promotion")
)
_KEPT = (
    select(promotions)
    .where(promotions.c.repo_id == _REPO, promotions.c.id.in_(kept_ids(_REPO)))
    .order_by(promotions.c.number)
)
_CUTS = select(stages.c.stage, _nth(NEWEST).label("cut")).where(stages.c.repo_id == _REPO)
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
    .where(promotions.c.repo_id == _REPO, promotions.c.landed == bindparam("commit"))
    .order_by(promotions.c.number)
)
_OF_FREIGHT = _OF_STAGE.where(promotions.c.freight == bindparam("freight"))
_OF_HEAD = _OF_STAGE.where(promotions.c.head == bindparam("head")).limit(PAGE)
_OF_CONTENT = _OF_STAGE.where(promotions.c.written == bindparam("content")).limit(PAGE)
_BEFORE = _OF_STAGE.where(promotions.c.number < bindparam("before")).limit(PAGE)
