"""Which freight is blocked, inside a transaction of the caller's."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from app.core.model.names import FreightId
from app.core.model.people import Block
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.schema.approval_tables import blocks

_BLOCKS = select(blocks).where(blocks.c.repo_id == bindparam("repo")).order_by(blocks.c.freight)


def put(connection: Connection, repo_id: int, block: Block) -> None:
    """Insert or replace by freight."""
    upsert(connection, blocks, [{"repo_id": repo_id, **to_row(block)}], ["repo_id", "freight"])


def end(connection: Connection, repo_id: int, freight: FreightId) -> None:
    """Forget the freight's block; the audit remembers it."""
    of_freight = blocks.c.repo_id == repo_id, blocks.c.freight == freight
    connection.execute(delete(blocks).where(*of_freight))


def load(connection: Connection, repo_id: int) -> tuple[Block, ...]:
    """By freight."""
    rows = fetch(connection, _BLOCKS, {"repo": repo_id})
    return tuple(to_record(Block, row) for row in rows)
