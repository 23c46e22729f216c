"""Who clicked last on a run of a stage without being allowed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for name in ("refused_by", "refused_role", "refused_verb"):
        column: sa.Column[object] = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("runs", column)
