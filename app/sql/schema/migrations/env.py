"""Alembic's entry: runs the scripts on the connection, and in the transaction, of `migrate`."""

from __future__ import annotations

from alembic import context

from app.sql.schema.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
