"""Branches' lines as tables: tips, places, what warehouses looked at (`core/state/lines.py`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from app.sql.database.types import SpansText
from app.sql.schema.columns import metadata, serial, time


def _repo() -> Column[object]:
    return Column("repo_id", BigInteger, primary_key=True, autoincrement=False)


lines = Table(
    "lines",
    metadata,
    _repo(),
    Column("branch", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""*version* rises with every change of a branch's rows."""

line_tips = Table(
    "line_tips",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("branch", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Column("base", Text),
    time("seen_at", needed=True),
    Column("turn", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("repo_id", "branch", "sha"),
    sqlite_autoincrement=True,
)
"""*turn* rises with every push of a branch: of two tips the later was there last."""

line_commits = Table(
    "line_commits",
    metadata,
    _repo(),
    Column("branch", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("sha", Text, nullable=False),
    Index(None, "repo_id", "sha"),
)

line_looks = Table(
    "line_looks",
    metadata,
    _repo(),
    Column("branch", Text, primary_key=True),
    Column("warehouse", Text, primary_key=True),
    Column("rules", Text, nullable=False),
    Column("spans", SpansText(), nullable=False),
)

line_fires = Table(
    "line_fires",
    metadata,
    _repo(),
    Column("branch", Text, primary_key=True),
    Column("warehouse", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
)

line_mints = Table(
    "line_mints",
    metadata,
    _repo(),
    Column("branch", Text, primary_key=True),
    Column("warehouse", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
)
"""The places of minted freight: each row of `freights` whose commit is in `line_commits`."""

line_news = Table(
    "line_news",
    metadata,
    serial("number"),
    Column("repo_id", BigInteger, nullable=False),
    Column("branch", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Index(None, "repo_id"),
    sqlite_autoincrement=True,
)
"""
Tips that deliveries told of, until a tick has taken them in. Without a branch (``told_of``): that
others' checks changed on a commit as which a promotion landed.
"""
