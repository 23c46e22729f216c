"""The tables of lock groups; see `tables` for what their columns hold."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from app.core.model.names import FreightId
from app.sql.database.types import FreightText, Id, NumbersText, OutsideText, Span
from app.sql.schema.columns import metadata, serial, time, words


class FreightOrNoneText(FreightText):
    """A freight as ``web@<sha>``, or "" where there is none."""

    cache_ok = True

    def process_bind_param(self, value: FreightId | None, dialect: Dialect) -> str:
        return super().process_bind_param(value, dialect) or ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> FreightId | None:
        return super().process_result_value(value or None, dialect)


lock_groups = Table(
    "lock_groups",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("last_token", BigInteger, nullable=False),
    Column("lasted", NumbersText(), nullable=False, server_default="[]"),
)

lock_requests = Table(
    "lock_requests",
    metadata,
    serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    words("repo_name"),
    Column("stage", Text, nullable=False),
    Column("promotion", Text, nullable=False),
    Column("freight", FreightOrNoneText(), nullable=False),
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
    Column("refused_verb", Text, nullable=False, server_default=""),
    time("kept_at"),
    Column("kept_by", Text, nullable=False, server_default=""),
    time("probed_at"),
    Column("probed_by", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default="stage"),
    Column("asker", Text, nullable=False, server_default=""),
    Column("asker_id", BigInteger, nullable=False, server_default="0"),
    Column("owner", Text, nullable=False, server_default=""),
    Column("purpose", OutsideText(), nullable=False, server_default=""),
    Column("ttl", Span()),
    time("expires_at"),
    time("read_at"),
    time("given_at"),
    Column("pull", BigInteger),
    Column("commit", Text),
    Index(None, "repo_id", "stage", "state"),
    Index(None, "repo_id", "promotion"),
    Index(None, "repo_id", "state"),
    Index(None, "state", "seq"),
    Index(None, "ended_at"),
    Index(None, "asker", "state"),
    Index(None, "asker_id"),
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
    Column("weight", Integer, nullable=False, server_default="1"),
    Column("permit", Text, nullable=False, server_default=""),
    Index(None, "scope", "name"),
)

service_claims = Table(
    "service_claims",
    metadata,
    serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    Column("request", BigInteger, nullable=False),
    time("since", needed=True),
    Column("service", Text, nullable=False),
    words("resource"),
    Column("owner", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("state", Text, nullable=False),
    time("next_at"),
    Column("doubt", Boolean, nullable=False),
    time("tried_at"),
    time("until"),
    Column("misses", Integer, nullable=False),
    words("holder"),
    words("detail"),
    Index(None, "repo_id"),
    Index(None, "request"),
    sqlite_autoincrement=True,
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
