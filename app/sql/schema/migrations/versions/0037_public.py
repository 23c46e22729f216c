"""Which repositories are public: others may be told their names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column(
        "repositories",
        sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
