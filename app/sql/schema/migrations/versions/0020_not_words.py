"""What superseded a promotion, no longer read out of words; when a comment was first seen."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

FREIGHT = re.compile(r"[^@;\s]+@(?:[0-9a-f]{64}|[0-9a-f]{40})")


def upgrade() -> None:
    op.add_column("promotions", sa.Column("successor", sa.Text()))
    op.add_column("commands", sa.Column("seen_at", sa.BigInteger()))
    database = op.get_bind()
    told = "SELECT number, detail FROM promotions WHERE reason = 'superseded'"
    change = sa.text("UPDATE promotions SET successor = :successor WHERE number = :number")
    for number, detail in list(database.execute(sa.text(told))):
        match = FREIGHT.match(detail)
        if match is not None:
            database.execute(change, {"successor": match[0], "number": number})
