"""How long a promotion had errors under the grants that it gave back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column(
        "erred", sa.BigInteger(), nullable=False, server_default="0"
    )
    op.add_column("promotions", column)
