"""Which of a branch's tips was there last, also after one of them came back."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column(
        "turn", sa.BigInteger(), nullable=False, server_default="0"
    )
    op.add_column("line_tips", column)
    op.execute(sa.text("UPDATE line_tips SET turn = number"))
