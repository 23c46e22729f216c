"""What is remembered, in SQLite or PostgreSQL."""

from app.sql.store.store import SqlStore

__all__ = ["SqlStore"]
