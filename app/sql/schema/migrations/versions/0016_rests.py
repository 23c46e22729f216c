"""How often the last looks at something died, and until when it rests for that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("work", sa.Column("deaths", sa.Integer, nullable=False, server_default="0"))
    op.add_column("work", sa.Column("died_of", sa.Text, nullable=False, server_default=""))
    op.add_column("work", sa.Column("rests_until", sa.BigInteger))
