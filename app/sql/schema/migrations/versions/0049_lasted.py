"""Each lock group remembers how long its last grants lasted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column(
        "lock_groups", sa.Column("lasted", sa.Text(), nullable=False, server_default="[]")
    )
