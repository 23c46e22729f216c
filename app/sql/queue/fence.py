"""Refusing writers whose claim is outdated, in the very transaction that they write in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select

from app.ports.store import Claim
from app.sql.database.prepared import fetch
from app.sql.database.rows import listed, listing
from app.sql.queue.work import lost
from app.sql.schema.tables import work


def check_fence(connection: Connection, claim: Claim, *others: str) -> None:
    """
    Conflict unless *claim* is still its row's owner; until the transaction ends nobody takes over.

    *others* are further work keys that this transaction will mark: all are locked in one order, so
    that two transactions never wait for each other. A lapsed lease that nobody took is still good.
    """
    keys = tuple(sorted({claim.key, *others}))
    rows = _owners(connection, keys)
    if (claim.key, claim.fence, claim.owner) not in {tuple(row.values()) for row in rows}:
        raise lost(claim)


def hold_work(connection: Connection, *keys: str) -> None:
    """Lock the work *keys*, as `check_fence` does, for somebody without a claim."""
    _owners(connection, sorted(set(keys)))


def _owners(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    if not keys:
        return []
    values = listed(keys)
    return fetch(connection, _owners_of(len(values)), values)


@cache
def _owners_of(size: int) -> Select[Any]:
    return (
        select(work.c.key, work.c.fence, work.c.owner)
        .where(listing(work.c.key, size))
        .order_by(work.c.key)
        .with_for_update(key_share=True)
    )
