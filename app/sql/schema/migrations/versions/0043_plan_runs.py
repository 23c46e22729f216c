"""The run that introduces the plan: made once a repository, wherever no plan was told before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

KNOWN = """
INSERT INTO plan_runs (repo_id, "commit", told)
SELECT DISTINCT repo_id, '', true FROM runs WHERE name = 'stagelock / plan' AND run_id IS NOT NULL
"""
"""Where a pull request had its plan, people can require it already."""


def upgrade() -> None:
    op.create_table(
        "plan_runs",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", name="pk_plan_runs"),
    )
    op.execute(KNOWN)
