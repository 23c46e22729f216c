"""A stage's grant that a person has taken away is releasing, and not suspect with their name."""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.execute(
        "UPDATE lock_requests SET state = 'releasing' "
        "WHERE kind = 'stage' AND state = 'suspect' AND ended_by <> ''"
    )
