"""Promotions that skip gates: a person's reason, and which gates they passed so."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    for table in ("orders", "promotions"):
        op.add_column(table, sa.Column("skips", sa.Text(), nullable=False, server_default=""))
    skipped = sa.Column("skipped", sa.Text(), nullable=False, server_default="[]")
    op.add_column("promotions", skipped)
