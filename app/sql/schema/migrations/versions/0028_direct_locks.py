"""Lock requests that no stage makes: people's and clients', with a time of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    kind: sa.Column[object] = sa.Column("kind", sa.Text(), nullable=False, server_default="stage")
    op.add_column("lock_requests", kind)
    for name in ("asker", "owner", "purpose"):
        column: sa.Column[object] = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("lock_requests", column)
    for name in ("ttl", "expires_at", "read_at", "pull"):
        number: sa.Column[object] = sa.Column(name, sa.BigInteger())
        op.add_column("lock_requests", number)
    op.add_column("lock_requests", sa.Column("commit", sa.Text()))
    op.create_index("ix_lock_requests_asker_state", "lock_requests", ["asker", "state"])
