"""Lock groups and requests, and the budgets of installations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "budget_spends",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_budget_spends"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_budget_spends_installation_id_at", "budget_spends", ["installation_id", "at"]
    )
    op.create_table(
        "budgets",
        sa.Column("installation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name="pk_budgets"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "lock_groups",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", name="pk_lock_groups"),
    )
    op.create_table(
        "lock_requests",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("repo_name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("freight", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.BigInteger()),
        sa.Column("suspect_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("out_of_turn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lock_requests"),
        sa.UniqueConstraint("seq", name="uq_lock_requests_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lock_requests_repo_id_promotion", "lock_requests", ["repo_id", "promotion"])
    op.create_index(
        "ix_lock_requests_repo_id_stage_state", "lock_requests", ["repo_id", "stage", "state"]
    )
    op.create_table(
        "lock_request_groups",
        sa.Column("request_id", ID, autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["lock_requests.id"],
            name="fk_lock_request_groups_request_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "scope", "name", name="pk_lock_request_groups"),
    )
    op.create_index("ix_lock_request_groups_scope_name", "lock_request_groups", ["scope", "name"])
