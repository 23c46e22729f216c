"""The parts of clients in grants whose tokens they showed, and when its own client left one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "lock_parts",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("request", number, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("ttl", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["request"],
            ["lock_requests.id"],
            name="fk_lock_parts_request",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lock_parts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lock_parts_request", "lock_parts", ["request"])
    op.add_column("lock_requests", sa.Column("given_at", sa.BigInteger()))
