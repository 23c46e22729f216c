"""What a promotion's reason speaks of, by name and page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column("about", sa.Text(), nullable=False, server_default="[]")
    op.add_column("promotions", column)
