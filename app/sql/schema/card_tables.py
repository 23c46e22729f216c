"""The pipeline cards, and which pull request brought a commit into a freight."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from app.sql.database.types import FreightText, PartsText
from app.sql.schema.columns import metadata, time

cards = Table(
    "cards",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("pull", BigInteger, primary_key=True, autoincrement=False),
    Column("comment_id", BigInteger),
    Column("digest", Text, nullable=False),
    Column("needs", PartsText(), nullable=False),
    Column("over", Boolean, nullable=False),
    time("written_at", needed=True),
)

carriers = Table(
    "carriers",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("freight", FreightText(), primary_key=True),
    Column("sha", Text, primary_key=True),
    Column("pull", BigInteger, nullable=False),
    time("at", needed=True),
    Index(None, "repo_id", "pull"),
)
