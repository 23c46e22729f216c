"""The lines of branches: each change is one fenced transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from app.core.model.names import Sha, WarehouseName
from app.core.state.lines import Change, Tip
from app.ports.lines import Heard, Look, LookChange, Minted, StoredLine
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.queue.fence import check_fence
from app.sql.records import freights
from app.sql.records.told_of import NO_BRANCH
from app.sql.schema.line_tables import (
    line_commits,
    line_fires,
    line_looks,
    line_mints,
    line_news,
    line_tips,
    lines,
)

_BRANCH = ("repo_id", "branch")


def _of(table: Table, *columns: str) -> Any:
    return select(*(table.c[name] for name in columns)).where(
        table.c.repo_id == bindparam("repo"), table.c.branch == bindparam("on")
    )


_VERSION = _of(lines, "version")
_COMMITS = _of(line_commits, "place", "sha")
_TIPS = _of(line_tips, "sha", "base", "seen_at", "turn").order_by(line_tips.c.turn)
_LOOKS = _of(line_looks, "warehouse", "rules", "spans")
_FIRES = _of(line_fires, "warehouse", "place")
_HEARD = (
    select(line_news.c.number, line_news.c.branch, line_news.c.sha)
    .where(line_news.c.repo_id == bindparam("repo"), line_news.c.branch != NO_BRANCH)
    .order_by(line_news.c.number)
)


class SqlLines:
    """Implements `Lines`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def version(self, repo_id: int, branch: str) -> int:
        with self._db.read("look for changes of a line") as connection:
            return _version(connection, repo_id, branch)

    def load(self, repo_id: int, branch: str) -> StoredLine:
        of = {"repo": repo_id, "on": branch}
        with self._db.read("read a line") as connection:
            fires: dict[str, set[int]] = defaultdict(set)
            for row in fetch(connection, _FIRES, of):
                fires[row["warehouse"]].add(row["place"])
            looks = {
                WarehouseName(row["warehouse"]): Look(
                    row["rules"], row["spans"], frozenset(fires[row["warehouse"]])
                )
                for row in fetch(connection, _LOOKS, of)
            }
            return StoredLine(
                _version(connection, repo_id, branch),
                {row["place"]: Sha(row["sha"]) for row in fetch(connection, _COMMITS, of)},
                tuple(to_record(Tip, row) for row in fetch(connection, _TIPS, of)),
                looks,
            )

    def save(
        self,
        claim: Claim,
        repo_id: int,
        branch: str,
        changes: Sequence[Change],
        looks: Sequence[LookChange],
    ) -> int:
        with self._db.write("store a line") as connection:
            check_fence(connection, claim)
            key = {"repo_id": repo_id, "branch": branch}
            for change in changes:
                _change(connection, key, change)
            for look in looks:
                _look(connection, key, look)
            version = _version(connection, repo_id, branch) + 1
            upsert(connection, lines, [{**key, "version": version}], _BRANCH)
            return version

    def minted(
        self, repo_id: int, branch: str, warehouse: WarehouseName, floor: int, count: int
    ) -> Sequence[Minted]:
        with self._db.read("read which freights are on a line") as connection:
            return freights.on_line(connection, repo_id, branch, warehouse, floor, count)

    def unplaced(self, repo_id: int, branch: str, warehouse: WarehouseName) -> Sequence[Sha]:
        with self._db.read("read which freights are on no line") as connection:
            return freights.off_line(connection, repo_id, branch, warehouse)

    def hear(self, repo_id: int, branch: str, tips: Sequence[Sha]) -> None:
        rows = [{"repo_id": repo_id, "branch": branch, "sha": sha} for sha in tips]
        if rows:
            with self._db.write("store what a push told") as connection:
                connection.execute(insert(line_news), rows)

    def heard(self, repo_id: int) -> Sequence[Heard]:
        with self._db.read("read what pushes told") as connection:
            rows = fetch(connection, _HEARD, {"repo": repo_id})
        return [to_record(Heard, row) for row in rows]

    def forget_heard(self, claim: Claim, repo_id: int, number: int) -> None:
        with self._db.write("forget what pushes told") as connection:
            check_fence(connection, claim)
            old = (line_news.c.repo_id == repo_id, line_news.c.number <= number)
            tips = line_news.c.branch != NO_BRANCH
            connection.execute(delete(line_news).where(*old, tips))


def _version(connection: Connection, repo_id: int, branch: str) -> int:
    rows = fetch(connection, _VERSION, {"repo": repo_id, "on": branch})
    return int(rows[0]["version"]) if rows else 0


def _change(connection: Connection, key: dict[str, Any], change: Change) -> None:
    if change.above is not None:
        for table in (line_commits, line_fires, line_mints):
            _delete(connection, table, key, table.c.place > change.above)
    rows = [{**key, "place": place, "sha": sha} for place, sha in change.commits.items()]
    upsert(connection, line_commits, rows, (*_BRANCH, "place"))
    freights.place(connection, key["repo_id"], key["branch"], tuple(change.commits))
    tips = [{**key, **to_row(tip)} for tip in change.tips]
    upsert(connection, line_tips, tips, (*_BRANCH, "sha"))


def _look(connection: Connection, key: dict[str, Any], look: LookChange) -> None:
    key = {**key, "warehouse": look.warehouse}
    if look.anew:
        _delete(connection, line_fires, key)
    row = {**key, "rules": look.rules, "spans": look.spans}
    upsert(connection, line_looks, [row], (*_BRANCH, "warehouse"))
    fires = [{**key, "place": place} for place in look.fires]
    if fires:
        connection.execute(insert(line_fires), fires)


def _delete(connection: Connection, table: Table, key: dict[str, Any], *more: Any) -> None:
    same = (table.c[name] == value for name, value in key.items())
    connection.execute(delete(table).where(*same, *more))
