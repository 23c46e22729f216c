"""The parts of clients in grants whose tokens they showed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from app.sql.database.types import Id, Span
from app.sql.schema.columns import metadata, serial, time

lock_parts = Table(
    "lock_parts",
    metadata,
    serial("id"),
    Column("request", Id, ForeignKey("lock_requests.id", ondelete="CASCADE"), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("asker", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("ttl", Span(), nullable=False),
    time("expires_at", needed=True),
    time("ended_at"),
    Index(None, "request"),
    sqlite_autoincrement=True,
)
