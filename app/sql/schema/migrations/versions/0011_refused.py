"""Who pressed Release on a suspect grant without being allowed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("refused_by", "refused_role"):
        column: sa.Column[object] = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("lock_requests", column)
