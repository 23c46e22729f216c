"""Lines of branches: the tips that were seen, each commit's place, and what fires at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lines",
        _repo(),
        _text("branch"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "branch", name="pk_lines"),
    )
    op.create_table(
        "line_tips",
        sa.Column("number", ID, nullable=False, autoincrement=True),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        _text("branch"),
        _text("sha"),
        sa.Column("base", sa.Text()),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_line_tips"),
        sa.UniqueConstraint("repo_id", "branch", "sha", name="uq_line_tips_repo_id_branch_sha"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "line_commits",
        _repo(),
        _text("branch"),
        _place(),
        _text("sha"),
        sa.PrimaryKeyConstraint("repo_id", "branch", "place", name="pk_line_commits"),
    )
    op.create_table(
        "line_looks",
        _repo(),
        _text("branch"),
        _text("warehouse"),
        _text("rules"),
        _text("spans"),
        sa.PrimaryKeyConstraint("repo_id", "branch", "warehouse", name="pk_line_looks"),
    )
    op.create_table(
        "line_fires",
        _repo(),
        _text("branch"),
        _text("warehouse"),
        _place(),
        sa.PrimaryKeyConstraint("repo_id", "branch", "warehouse", "place", name="pk_line_fires"),
    )
    op.create_table(
        "line_news",
        sa.Column("number", ID, nullable=False, autoincrement=True),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        _text("branch"),
        _text("sha"),
        sa.PrimaryKeyConstraint("number", name="pk_line_news"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_line_news_repo_id", "line_news", ["repo_id"])


def _repo() -> sa.Column[object]:
    return sa.Column("repo_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _place() -> sa.Column[object]:
    return sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)
