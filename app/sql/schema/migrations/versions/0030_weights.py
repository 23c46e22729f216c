"""How many permits of each group a lock request takes, and the names of those it was granted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    weight: sa.Column[object] = sa.Column(
        "weight", sa.Integer(), nullable=False, server_default="1"
    )
    permit: sa.Column[object] = sa.Column("permit", sa.Text(), nullable=False, server_default="")
    op.add_column("lock_request_groups", weight)
    op.add_column("lock_request_groups", permit)
