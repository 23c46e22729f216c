"""Who pressed which button of a suspect grant: Keep, Probe again, and what was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    for name in ("refused_verb", "kept_by", "probed_by"):
        op.add_column(
            "lock_requests", sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
    for name in ("kept_at", "probed_at"):
        op.add_column("lock_requests", sa.Column(name, sa.BigInteger(), nullable=True))
