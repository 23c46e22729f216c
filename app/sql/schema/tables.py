"""
The tables. Columns carry the names of the records' fields (`app/core/model/records.py`).

Times are microseconds since 1970 in UTC. Only the columns of `work` and `budget_spends` are written
by the database's clock; the others hold the times that came with the records.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from app.sql.database.followed import FollowedText
from app.sql.database.promotion_types import RefusalText, StartedText
from app.sql.database.types import (
    ContentText,
    EditsText,
    FreightText,
    IntentText,
    MappingText,
    NumbersText,
    OutsideText,
    PartsText,
    Span,
    SubjectsText,
)
from app.sql.schema.columns import metadata, serial, time, words

deliveries = Table(
    "deliveries",
    metadata,
    Column("guid", OutsideText(), primary_key=True),
    words("event"),
    words("action"),
    Column("repo_id", BigInteger),
    Column("installation_id", BigInteger),
    Column("body", LargeBinary, nullable=False),
    time("received_at", needed=True),
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
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("died_of", Text, nullable=False, server_default=""),
    Column("rests_until", BigInteger),
    Index(None, "run_at", "key"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    words("owner"),
    words("name"),
    Column("installation_id", BigInteger, nullable=False, index=True),
    words("default_branch"),
    Column("tips", MappingText(), nullable=False),
    time("comments_since"),
    words("unavailable"),
    Column("awaiting", Boolean, nullable=False),
    Column("stays", MappingText(), nullable=False),
    Column("public", Boolean, nullable=False, server_default=false()),
)

configs = Table(
    "configs",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("in_force", Text, nullable=False),
)

config_texts = Table(
    "config_texts",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("commit", Text, primary_key=True),
    Column("text", LargeBinary, nullable=False),
)

freights = Table(
    "freights",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("id", FreightText(), nullable=False),
    time("minted_at", needed=True),
    Column("warehouse", Text, nullable=False),
    Column("sha", Text, nullable=False),
    UniqueConstraint("repo_id", "id"),
    Index(None, "repo_id", "number"),
    Index(None, "repo_id", "sha"),
    sqlite_autoincrement=True,
)

promotions = Table(
    "promotions",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("freight", FreightText(), nullable=False),
    Column("state", Text, nullable=False),
    Column("config", Text, nullable=False),
    time("created_at", needed=True),
    time("updated_at", needed=True),
    Column("attempt", Integer, nullable=False),
    words("reason"),
    words("detail"),
    words("started_by"),
    Column("intent", IntentText()),
    Column("landed", Text),
    time("landed_at"),
    Column("in_sync", Boolean, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("pure", ContentText()),
    Column("written", ContentText(), nullable=False),
    Column("pull", BigInteger),
    Column("head", Text),
    Column("pushed", PartsText(), nullable=False, server_default="[]"),
    time("verified_at"),
    time("revoked_at"),
    time("ended_at"),
    time("errors_since"),
    time("retry_at"),
    Column("erred", Span(), nullable=False),
    time("moved_at"),
    time("cleared_at"),
    time("rerun_at"),
    Column("reran", NumbersText(), nullable=False),
    Column("started", StartedText()),
    words("problem"),
    Column("refused", RefusalText()),
    Column("edits", EditsText(), nullable=False),
    Column("about", SubjectsText(), nullable=False),
    words("over"),
    Column("successor", FreightText()),
    Column("leaves", FreightText()),
    words("skips"),
    Column("skipped", PartsText(), nullable=False, server_default="[]"),
    Column("restores", ContentText(), nullable=False, server_default="[]"),
    Column("mark", Text, nullable=False),
    UniqueConstraint("repo_id", "id"),
    Index(None, "repo_id", "stage", "number"),
    Index(None, "repo_id", "stage", "mark"),
    Index(None, "repo_id", "stage", "freight"),
    Index(None, "repo_id", "stage", "head"),
    Index(None, "repo_id", "pull"),
    Index(None, "repo_id", "landed"),
    Index(None, "repo_id", "state"),
    Index(None, "repo_id", "stage", "ended_at"),
    Index(None, "ended_at"),
    sqlite_autoincrement=True,
)

stages = Table(  # those that have promotions
    "stages",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stage", Text, primary_key=True),
    Column("back", BigInteger),
)
"""The stages that have promotions; *back* is the number of the newest rollback that landed."""

orders = Table(
    "orders",
    metadata,
    serial("id"),
    Column("repo_id", BigInteger, nullable=False),
    words("key"),
    Column("verb", Text, nullable=False),
    words("stage"),
    Column("freight", FreightText()),
    words("actor"),
    time("at", needed=True),
    time("done_at"),
    words("over"),
    words("skips"),
    UniqueConstraint("repo_id", "key"),
    sqlite_autoincrement=True,
)

holds = Table(
    "holds",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stage", Text, primary_key=True),
    words("reason"),
    words("by"),
    time("since", needed=True),
    time("until"),
)

OPEN = text("(status <> 'completed' OR ready OR digest = '')")
"""`RunRecord.open`, and more: written out, so that both databases know the index by it."""

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
    time("created_at", needed=True),
    time("written_at", needed=True),
    Column("ready", Boolean, nullable=False),
    words("refused_by"),
    words("refused_role"),
    words("refused_verb"),
    Index(None, "repo_id", "sha"),
    Index("ix_runs_open", "repo_id", sqlite_where=OPEN, postgresql_where=OPEN),
)

commands = Table(
    "commands",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    words("key"),
    Column("order", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    words("body"),
    words("user"),
    Column("user_id", BigInteger, nullable=False),
    time("created_at", needed=True),
    Column("pull", BigInteger),
    Column("sha", Text),
    words("verb"),
    words("run_name"),
    Column("run_id", BigInteger, nullable=False),
    words("run_key"),
    Column("eyes", Boolean, nullable=False),
    Column("reply_id", BigInteger),
    words("outcome"),
    Column("told", Boolean, nullable=False),
    Column("parts", PartsText(), nullable=False),
    Column("followed", FollowedText(), nullable=False),
    time("answered_at"),
    time("seen_at"),
    UniqueConstraint("repo_id", "key"),
    Index(None, "repo_id", "answered_at"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    time("at", needed=True),
    Column("entry", MappingText(), nullable=False),
    UniqueConstraint("repo_id", "event"),
    Index(None, "event"),
    Index(None, "at"),
    sqlite_autoincrement=True,
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
    serial("number"),
    Column("installation_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "installation_id", "at"),
    sqlite_autoincrement=True,
)
