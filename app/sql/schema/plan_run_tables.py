"""To which repositories `stagelock / plan` was introduced, and on which commit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from app.sql.schema.columns import metadata

plan_runs = Table(
    "plan_runs",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("commit", Text, nullable=False),
    Column("told", Boolean, nullable=False),
)
