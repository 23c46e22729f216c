"""What our lock requests have, or may have, at external lock services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "service_claims",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_claims"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_service_claims_repo_id", "service_claims", ["repo_id"])
    op.create_index("ix_service_claims_request", "service_claims", ["request"])
