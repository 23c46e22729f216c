"""Deliveries, work and repositories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "configs",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("in_force", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", name="pk_configs"),
    )
    op.create_table(
        "deliveries",
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("repo_id", sa.BigInteger()),
        sa.Column("installation_id", sa.BigInteger()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guid", name="pk_deliveries"),
    )
    op.create_index(
        "ix_deliveries_done_repo_id_installation_id",
        "deliveries",
        ["done", "repo_id", "installation_id"],
    )
    op.create_table(
        "repositories",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("default_branch", sa.Text(), nullable=False),
        sa.Column("tips", sa.Text(), nullable=False),
        sa.Column("comments_since", sa.BigInteger()),
        sa.Column("unavailable", sa.Text(), nullable=False),
        sa.Column("awaiting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repositories"),
    )
    op.create_index("ix_repositories_installation_id", "repositories", ["installation_id"])
    op.create_table(
        "work",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("run_at", sa.BigInteger()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("owner", sa.Text()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_work"),
    )
    op.create_index("ix_work_run_at_key", "work", ["run_at", "key"])
