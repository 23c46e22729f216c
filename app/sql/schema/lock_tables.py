"""The tables of lock groups; see `tables` for what their columns hold."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from app.sql.database.types import FreightText, Id
from app.sql.schema.columns import metadata, serial, time, words

lock_groups = Table(
    "lock_groups",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("last_token", BigInteger, nullable=False),
)

lock_requests = Table(
    "lock_requests",
    metadata,
    serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    words("repo_name"),
    Column("stage", Text, nullable=False),
    Column("promotion", Text, nullable=False),
    Column("freight", FreightText(), nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    time("requested_at", needed=True),
    time("granted_at"),
    time("suspect_at"),
    time("ended_at"),
    words("ended_by"),
    words("reason"),
    Column("out_of_turn", Boolean, nullable=False),
    words("refused_by"),
    words("refused_role"),
    Index(None, "repo_id", "stage", "state"),
    Index(None, "repo_id", "promotion"),
    Index(None, "repo_id", "state"),
    Index(None, "ended_at"),
    sqlite_autoincrement=True,
)

lock_request_groups = Table(
    "lock_request_groups",
    metadata,
    Column(
        "request_id",
        Id,
        ForeignKey("lock_requests.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("token", BigInteger),
    Index(None, "scope", "name"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
