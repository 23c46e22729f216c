"""Where a repository's freights are, since when: for metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column("stays", sa.Text(), nullable=False, server_default="{}")
    op.add_column("repositories", column)
