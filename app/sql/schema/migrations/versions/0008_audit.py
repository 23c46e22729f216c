"""The audit is found by its ids, and by time."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_audit_event", "audit", ["event"])
    op.create_index("ix_audit_at", "audit", ["at"])
