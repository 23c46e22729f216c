"""
The number of the account whose lock it is: logins change hands.

Locks that people have already are given the number that their comments have, where these name one
account only. Any other (0) is nobody's: who may maintain gives it back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_NUMBERS = """
UPDATE lock_requests SET asker_id = coalesce((
  SELECT CASE WHEN min(c.user_id) = max(c.user_id) THEN min(c.user_id) END FROM commands AS c
  WHERE c.repo_id = lock_requests.repo_id AND c."user" = lock_requests.asker AND c.user_id <> 0
), 0)
WHERE kind = 'person'
"""


def upgrade() -> None:
    number = sa.Column("asker_id", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("lock_requests", number)
    op.create_index("ix_lock_requests_asker_id", "lock_requests", ["asker_id"])
    op.execute(sa.text(_NUMBERS))
