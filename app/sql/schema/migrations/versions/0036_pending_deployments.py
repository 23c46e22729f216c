"""Jobs that wait at GitHub environments for our answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "pending_deployments",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tried", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("repo_id", "run", "environment", name="pk_pending_deployments"),
    )
