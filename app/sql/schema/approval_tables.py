"""Who approved which freight in which stage, and which freight is blocked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from app.sql.database.types import FreightText
from app.sql.schema.columns import metadata, time, words

approvals = Table(
    "approvals",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stage", Text, primary_key=True),
    Column("freight", FreightText(), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    words("login"),
    time("at", needed=True),
)

blocks = Table(
    "blocks",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("freight", FreightText(), primary_key=True),
    words("reason"),
    words("by"),
    time("since", needed=True),
)
