"""What GitHub refused to merge: for that no lock is taken again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("refused", sa.Text()))
