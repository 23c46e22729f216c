"""The indexes by which people's commands find old promotions."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

INDEXES = (("repo_id", "stage", "head"), ("repo_id", "pull"), ("repo_id", "landed"))


def upgrade() -> None:
    for columns in INDEXES:
        op.create_index(f"ix_promotions_{'_'.join(columns)}", "promotions", list(columns))
