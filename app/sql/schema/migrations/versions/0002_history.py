"""What happened to each repository: freights, promotions, orders, runs, commands, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sa.UniqueConstraint("repo_id", "event", name="uq_audit_repo_id_event"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "commands",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("order", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("pull", sa.BigInteger()),
        sa.Column("sha", sa.Text()),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("run_name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("eyes", sa.Boolean(), nullable=False),
        sa.Column("reply_id", sa.BigInteger()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_commands"),
        sa.UniqueConstraint("repo_id", "key", name="uq_commands_repo_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_commands_repo_id_answered_at", "commands", ["repo_id", "answered_at"])
    op.create_table(
        "freights",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("minted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_freights"),
        sa.UniqueConstraint("repo_id", "id", name="uq_freights_repo_id_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "orders",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("freight", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("repo_id", "key", name="uq_orders_repo_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "promotions",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("freight", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text()),
        sa.Column("landed", sa.Text()),
        sa.Column("landed_at", sa.BigInteger()),
        sa.Column("in_sync", sa.Boolean(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("pure", sa.Text()),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("pull", sa.BigInteger()),
        sa.Column("head", sa.Text()),
        sa.Column("verified_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("errors_since", sa.BigInteger()),
        sa.Column("retry_at", sa.BigInteger()),
        sa.Column("rerun_at", sa.BigInteger()),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_promotions"),
        sa.UniqueConstraint("repo_id", "id", name="uq_promotions_repo_id_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_promotions_repo_id_stage_created_at", "promotions", ["repo_id", "stage", "created_at"]
    )
    op.create_table(
        "runs",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "name", "sha", "serial", name="pk_runs"),
    )
