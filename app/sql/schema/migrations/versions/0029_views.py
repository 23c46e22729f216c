"""What programs read about each repository, and the numbers of the accounts that we are on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "part", name="pk_views"),
    )
    op.add_column(
        "installations",
        sa.Column("account_id", sa.BigInteger(), nullable=False, server_default="0"),
    )
