"""Rollbacks: what a promotion restores, what it turns away, and each stage's newest that landed."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("leaves", sa.Text()))
    restores = sa.Column("restores", sa.Text(), nullable=False, server_default="[]")
    op.add_column("promotions", restores)
    op.add_column("stages", sa.Column("back", sa.BigInteger()))
