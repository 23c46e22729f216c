"""The workflow run that we start to verify what a promotion landed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("started", sa.Text(), nullable=True))
