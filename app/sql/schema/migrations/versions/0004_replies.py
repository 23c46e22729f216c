"""Replies that tell how what they started ended; when a pull request's head was rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("moved_at", sa.BigInteger()))
    for name, kind, begin in (
        ("told", sa.Boolean(), sa.false()),
        ("parts", sa.Text(), "[]"),
        ("followed", sa.Text(), "[]"),
    ):
        column: sa.Column[object] = sa.Column(name, kind, nullable=False, server_default=begin)
        op.add_column("commands", column)
