"""Where freights lie on lines, and the indexes of what a look asks: nothing reads all of a past."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OPEN = "(status <> 'completed' OR ready OR digest = '')"


def upgrade() -> None:
    for name in ("warehouse", "sha"):
        column = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("freights", column)
    at = "strpos" if op.get_bind().dialect.name == "postgresql" else "instr"
    op.execute(
        f"UPDATE freights SET warehouse = substr(id, 1, {at}(id, '@') - 1),"
        f" sha = substr(id, {at}(id, '@') + 1)"
    )
    op.create_index("ix_freights_repo_id_number", "freights", ["repo_id", "number"])
    op.create_index("ix_freights_repo_id_sha", "freights", ["repo_id", "sha"])
    op.create_index("ix_line_commits_repo_id_sha", "line_commits", ["repo_id", "sha"])
    op.create_table(
        "line_mints",
        sa.Column("repo_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("warehouse", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("repo_id", "branch", "warehouse", "place", name="pk_line_mints"),
    )
    op.execute(
        "INSERT INTO line_mints (repo_id, branch, warehouse, place)"
        " SELECT c.repo_id, c.branch, f.warehouse, c.place FROM freights AS f"
        " JOIN line_commits AS c ON c.repo_id = f.repo_id AND c.sha = f.sha"
    )
    ended = ["repo_id", "stage", "ended_at"]
    op.create_index("ix_promotions_repo_id_stage_ended_at", "promotions", ended)
    mark = sa.Column("mark", sa.Text(), nullable=False, server_default="")
    op.add_column("promotions", mark)
    _mark(op.get_bind())
    op.create_index("ix_promotions_repo_id_stage_mark", "promotions", ["repo_id", "stage", "mark"])
    op.create_index("ix_runs_repo_id_sha", "runs", ["repo_id", "sha"])
    where = sa.text(OPEN)
    op.create_index("ix_runs_open", "runs", ["repo_id"], sqlite_where=where, postgresql_where=where)


def _mark(connection: sa.Connection) -> None:
    """Name what each promotion wrote, as `content_mark` does."""
    page = sa.text(
        "SELECT number, written FROM promotions WHERE number > :last ORDER BY number LIMIT 5000"
    )
    change = sa.text("UPDATE promotions SET mark = :mark WHERE number = :number")
    last = 0
    while rows := connection.execute(page, {"last": last}).all():
        marks = [
            {"number": number, "mark": sha256(written.encode()).hexdigest()[:16]}
            for number, written in rows
        ]
        connection.execute(change, marks)
        last = rows[-1].number
