"""What the tokens of jobs said that ask for a lock, and whose grant they have joined."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from app.sql.schema.columns import metadata

job_requests = Table(
    "job_requests",
    metadata,
    Column("request", BigInteger, primary_key=True, autoincrement=False),
    Column("repository", BigInteger, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("commit", Text, nullable=False),
    Column("job", BigInteger, nullable=False),
    Column("judged", Boolean, nullable=False),
    Column("joined", BigInteger),
    Index(None, "repository"),
)
"""Rows of requests that are live, or have a part in a grant: no others stay."""
