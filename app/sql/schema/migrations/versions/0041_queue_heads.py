"""Who waits in a queue, by place: whether anybody is before a request costs what is before it."""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_index("ix_lock_requests_state_seq", "lock_requests", ["state", "seq"])
