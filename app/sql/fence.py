"""Refusing writers whose claim is outdated, in the very transaction that they write in."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from app.ports.store import Claim
from app.sql.tables import work
from app.sql.work import lost

_OWNERS = (
    select(work.c.key, work.c.fence, work.c.owner)
    .where(work.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(work.c.key)
    .with_for_update(key_share=True)
)


def check_fence(connection: Connection, claim: Claim, *others: str) -> None:
    """
    Conflict unless *claim* is still its row's owner; until the transaction ends nobody takes over.

    *others* are further work keys that this transaction will mark: all are locked in one order, so
    that two transactions never wait for each other. A lapsed lease that nobody took is still good.
    """
    keys = sorted({claim.key, *others})
    rows = connection.execute(_OWNERS, {"keys": keys})
    if (claim.key, claim.fence, claim.owner) not in _plain(rows):
        raise lost(claim)


def _plain(rows: Iterable[Iterable[object]]) -> set[tuple[object, ...]]:
    return {tuple(row) for row in rows}
