"""What GitHub said of commits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False),
        sa.Column("sha", sa.Text()),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("outdated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "sha", name="pk_checks"),
    )
    op.create_index("ix_checks_since", "checks", ["since"])
