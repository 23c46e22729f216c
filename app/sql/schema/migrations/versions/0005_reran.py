"""Which check runs a `/retry` ran again: they no longer count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column("reran", sa.Text(), nullable=False, server_default="[]")
    op.add_column("promotions", column)
