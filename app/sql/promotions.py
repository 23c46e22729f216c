"""Freights and promotions of one repository, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, or_, select

from app.core.names import PromotionId
from app.core.records import ENDED, Freight, Promotion
from app.sql.prepared import fetch
from app.sql.rows import insert_new, to_record, to_row, upsert
from app.sql.tables import freights, promotions

KEPT: Final = 200
"""How many ended promotions of each stage a tick looks at."""


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
    """Insert or replace by id."""
    rows = [{"repo_id": repo_id, **to_row(record)} for record in records]
    upsert(connection, promotions, rows, ["repo_id", "id"])


def find(connection: Connection, repo_id: int, promotion: PromotionId) -> Promotion | None:
    """Return one promotion, however old."""
    rows = fetch(connection, _ONE, {"repo": repo_id, "promotion": promotion})
    return to_record(Promotion, rows[0]) if rows else None


def load(connection: Connection, repo_id: int) -> tuple[Promotion, ...]:
    """All unfinished ones and the newest `KEPT` others of each stage, oldest first."""
    rows = fetch(connection, _KEPT, {"repo": repo_id})
    return tuple(to_record(Promotion, row) for row in rows)


def kept_ids(repo_id: BindParameter[int]) -> Select[tuple[Any]]:
    """Select the ids of the promotions that `load` returns."""
    has_ended = promotions.c.state.in_(sorted(ENDED))
    rank = func.row_number().over(
        partition_by=(promotions.c.stage, has_ended),
        order_by=(promotions.c.created_at.desc(), promotions.c.number.desc()),
    )
    ranked = (
        select(promotions.c.id, has_ended.label("has_ended"), rank.label("rank"))
        .where(promotions.c.repo_id == repo_id)
        .subquery()
    )
    return select(ranked.c.id).where(or_(ranked.c.has_ended.is_(False), ranked.c.rank <= KEPT))


_REPO: BindParameter[int] = bindparam("repo")
_FREIGHTS = select(freights).where(freights.c.repo_id == _REPO).order_by(freights.c.number)
_ONE = select(promotions).where(
    promotions.c.repo_id == _REPO, promotions.c.id == bindparam("promotion")
)
_KEPT = (
    select(promotions)
    .where(promotions.c.repo_id == _REPO, promotions.c.id.in_(kept_ids(_REPO)))
    .order_by(promotions.c.created_at, promotions.c.number)
)
