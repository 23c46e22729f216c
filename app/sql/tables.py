"""
The tables. Columns carry the names of the records' fields (`app/core/records.py`).

Times are microseconds since 1970 in UTC. Only the columns of `work` and `budget_spends` are written
by the database's clock; the others hold the times that came with the records.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from app.sql.types import (
    ContentText,
    FollowedText,
    FreightText,
    Id,
    Instant,
    IntentText,
    MappingText,
    NumbersText,
    PartsText,
    Words,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _time(name: str, *, needed: bool = False) -> Column[object]:
    return Column(name, Instant(), nullable=not needed)


def _words(name: str) -> Column[object]:
    return Column(name, Words(), nullable=False)


def _serial(name: str) -> Column[object]:
    return Column(name, Id, primary_key=True, autoincrement=True)


deliveries = Table(
    "deliveries",
    metadata,
    Column("guid", Words(), primary_key=True),
    _words("event"),
    _words("action"),
    Column("repo_id", BigInteger),
    Column("installation_id", BigInteger),
    Column("body", LargeBinary, nullable=False),
    _time("received_at", needed=True),
    Column("done", Boolean, nullable=False),
    Index(None, "done", "repo_id", "installation_id"),
)

work = Table(
    "work",
    metadata,
    Column("key", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("run_at", BigInteger),
    Column("lease_until", BigInteger),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Index(None, "run_at", "key"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _words("owner"),
    _words("name"),
    Column("installation_id", BigInteger, nullable=False, index=True),
    _words("default_branch"),
    Column("tips", MappingText(), nullable=False),
    _time("comments_since"),
    _words("unavailable"),
    Column("awaiting", Boolean, nullable=False),
)

configs = Table(
    "configs",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("in_force", Text, nullable=False),
)

freights = Table(
    "freights",
    metadata,
    _serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("id", FreightText(), nullable=False),
    _time("minted_at", needed=True),
    UniqueConstraint("repo_id", "id"),
    sqlite_autoincrement=True,
)

promotions = Table(
    "promotions",
    metadata,
    _serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("freight", FreightText(), nullable=False),
    Column("state", Text, nullable=False),
    Column("config", Text, nullable=False),
    _time("created_at", needed=True),
    _time("updated_at", needed=True),
    Column("attempt", Integer, nullable=False),
    _words("reason"),
    _words("detail"),
    _words("started_by"),
    Column("intent", IntentText()),
    Column("landed", Text),
    _time("landed_at"),
    Column("in_sync", Boolean, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("pure", Text),
    Column("written", ContentText(), nullable=False),
    Column("pull", BigInteger),
    Column("head", Text),
    _time("verified_at"),
    _time("revoked_at"),
    _time("ended_at"),
    _time("errors_since"),
    _time("retry_at"),
    _time("moved_at"),
    _time("rerun_at"),
    Column("reran", NumbersText(), nullable=False),
    _words("problem"),
    UniqueConstraint("repo_id", "id"),
    Index(None, "repo_id", "stage", "created_at"),
    sqlite_autoincrement=True,
)

orders = Table(
    "orders",
    metadata,
    _serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    _words("key"),
    Column("verb", Text, nullable=False),
    _words("stage"),
    Column("freight", FreightText()),
    _words("actor"),
    _time("at", needed=True),
    _time("done_at"),
    UniqueConstraint("repo_id", "key"),
    sqlite_autoincrement=True,
)

holds = Table(
    "holds",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stage", Text, primary_key=True),
    _words("reason"),
    _words("by"),
    _time("since", needed=True),
    _time("until"),
)

runs = Table(
    "runs",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("sha", Text, primary_key=True),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("external_id", Text, nullable=False),
    Column("run_id", BigInteger),
    Column("status", Text, nullable=False),
    Column("digest", Text, nullable=False),
    _time("created_at", needed=True),
    _time("written_at", needed=True),
    Column("ready", Boolean, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    _serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    _words("key"),
    Column("order", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    _words("body"),
    _words("user"),
    _time("created_at", needed=True),
    Column("pull", BigInteger),
    Column("sha", Text),
    _words("verb"),
    _words("run_name"),
    Column("run_id", BigInteger, nullable=False),
    Column("eyes", Boolean, nullable=False),
    Column("reply_id", BigInteger),
    _words("outcome"),
    Column("told", Boolean, nullable=False),
    Column("parts", PartsText(), nullable=False),
    Column("followed", FollowedText(), nullable=False),
    _time("answered_at"),
    UniqueConstraint("repo_id", "key"),
    Index(None, "repo_id", "answered_at"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    _serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    _time("at", needed=True),
    Column("entry", MappingText(), nullable=False),
    UniqueConstraint("repo_id", "event"),
    sqlite_autoincrement=True,
)

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
    _serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    _words("repo_name"),
    Column("stage", Text, nullable=False),
    Column("promotion", Text, nullable=False),
    Column("freight", FreightText(), nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    _time("requested_at", needed=True),
    _time("granted_at"),
    _time("suspect_at"),
    _time("ended_at"),
    _words("ended_by"),
    _words("reason"),
    Column("out_of_turn", Boolean, nullable=False),
    Index(None, "repo_id", "stage", "state"),
    Index(None, "repo_id", "promotion"),
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

budgets = Table(
    "budgets",
    metadata,
    Column("installation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("spent", BigInteger, nullable=False),
)

budget_spends = Table(
    "budget_spends",
    metadata,
    _serial("number"),
    Column("installation_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "installation_id", "at"),
    sqlite_autoincrement=True,
)
