"""Which jobs wait at GitHub environments for our answer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from app.sql.schema.columns import metadata, time

pending_deployments = Table(
    "pending_deployments",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("environment", Text, primary_key=True),
    time("asked_at", needed=True),
    Column("placed", Integer, nullable=False, server_default="0"),
    Column("tried", BigInteger, nullable=False, server_default="0"),
)
