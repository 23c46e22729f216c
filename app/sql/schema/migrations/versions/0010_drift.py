"""What the freight alone gives, beside what was written; people's edits; their word to replace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # So far nothing of people's was kept: what was written is what the freight gives.
    op.execute("UPDATE promotions SET pure = written")
    for table, name, begin in (
        ("promotions", "edits", "[]"),
        ("promotions", "over", ""),
        ("orders", "over", ""),
    ):
        column: sa.Column[object] = sa.Column(name, sa.Text(), nullable=False, server_default=begin)
        op.add_column(table, column)
