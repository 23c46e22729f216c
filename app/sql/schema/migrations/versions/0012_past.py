"""Which stages have promotions, and the indexes by which their past is found by number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INDEXES = (
    ("promotions", ("repo_id", "stage", "number")),
    ("promotions", ("repo_id", "stage", "freight")),
    ("promotions", ("repo_id", "state")),
    ("promotions", ("ended_at",)),
    ("lock_requests", ("repo_id", "state")),
    ("lock_requests", ("ended_at",)),
)


def upgrade() -> None:
    op.create_table(
        "stages",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "stage", name="pk_stages"),
    )
    op.execute("INSERT INTO stages SELECT DISTINCT repo_id, stage FROM promotions")
    op.drop_index("ix_promotions_repo_id_stage_created_at", table_name="promotions")
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
