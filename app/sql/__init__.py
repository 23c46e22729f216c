"""What is remembered, in SQLite or PostgreSQL."""

from app.sql.store import SqlStore

__all__ = ["SqlStore"]
