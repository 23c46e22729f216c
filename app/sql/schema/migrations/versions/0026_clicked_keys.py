"""What a run spoke of when it was clicked: its external id, as GitHub told it with the click."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column("run_key", sa.Text(), nullable=False, server_default="")
    op.add_column("commands", column)
