"""What was, or was to be, pushed as the head of a promotion's pull request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    pushed = sa.Column("pushed", sa.Text(), nullable=False, server_default="[]")
    op.add_column("promotions", pushed)
