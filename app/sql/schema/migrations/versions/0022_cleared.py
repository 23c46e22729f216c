"""When a pull request's branch was gone after the promotion's end: restored, it is left alone."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("promotions", sa.Column("cleared_at", sa.BigInteger()))
