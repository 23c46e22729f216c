"""Approvals: who gave leave for which freight in which stage; and the number of who commented."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("freight", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "stage", "freight", "user_id", name="pk_approvals"),
    )
    number = sa.Column("user_id", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("commands", number)
