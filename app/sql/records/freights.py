"""Freights of one repository, and where they lie on lines, inside a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from app.core.model.names import FreightId, Sha, WarehouseName
from app.core.model.records import Freight
from app.ports.lines import Minted
from app.sql.database.prepared import fetch
from app.sql.database.rows import insert_new, to_record, to_row
from app.sql.schema.line_tables import line_commits, line_mints
from app.sql.schema.tables import freights

NEWEST: Final = 20
"""How many freights every look begins with; a decision asks for others."""

_PLACE = text("""
    INSERT INTO line_mints (repo_id, branch, warehouse, place)
    SELECT repo_id, branch, :warehouse, place FROM line_commits
    WHERE repo_id = :repo AND sha = :sha
    ON CONFLICT DO NOTHING""")
_PLACE_AGAIN = text("""
    INSERT INTO line_mints (repo_id, branch, warehouse, place)
    SELECT c.repo_id, c.branch, f.warehouse, c.place FROM line_commits AS c
    JOIN freights AS f ON f.repo_id = c.repo_id AND f.sha = c.sha
    WHERE c.repo_id = :repo AND c.branch = :branch AND c.place BETWEEN :low AND :high
    ON CONFLICT DO NOTHING""")
_OF_REPO = freights.c.repo_id == bindparam("repo")
_NEWEST = select(freights).where(_OF_REPO).order_by(freights.c.number.desc()).limit(NEWEST)
_NAMED = (
    select(freights)
    .where(_OF_REPO, freights.c.sha >= bindparam("first"), freights.c.sha < bindparam("end"))
    .where(freights.c.warehouse == bindparam("warehouse"))
    .order_by(freights.c.number)
)
_ON_LINE = (
    select(line_mints.c.place, line_commits.c.sha, freights.c.minted_at)
    .join(
        line_commits,
        (line_commits.c.repo_id == line_mints.c.repo_id)
        & (line_commits.c.branch == line_mints.c.branch)
        & (line_commits.c.place == line_mints.c.place),
    )
    .join(
        freights,
        (freights.c.repo_id == line_mints.c.repo_id)
        & (freights.c.sha == line_commits.c.sha)
        & (freights.c.warehouse == line_mints.c.warehouse),
    )
    .where(line_mints.c.repo_id == bindparam("repo"), line_mints.c.branch == bindparam("on"))
    .where(line_mints.c.warehouse == bindparam("warehouse"))
    .where(line_mints.c.place > bindparam("floor"))
    .order_by(line_mints.c.place.desc())
    .limit(bindparam("count"))
)
_OFF_LINE = select(freights.c.sha).where(
    _OF_REPO,
    freights.c.warehouse == bindparam("warehouse"),
    ~select(line_commits.c.place)
    .where(
        line_commits.c.repo_id == freights.c.repo_id,
        line_commits.c.sha == freights.c.sha,
        line_commits.c.branch == bindparam("on"),
    )
    .exists(),
)


def mint(connection: Connection, repo_id: int, freight: Freight) -> None:
    """Store a freight; the first minting of one counts."""
    name = freight.id
    row = {"repo_id": repo_id, **to_row(freight), "warehouse": name.warehouse, "sha": name.sha}
    insert_new(connection, freights, row, ["repo_id", "id"])
    values = {"repo": repo_id, "warehouse": name.warehouse, "sha": name.sha}
    connection.execute(_PLACE, values)


def place(connection: Connection, repo_id: int, branch: str, places: Sequence[int]) -> None:
    """Note which of the commits that came to *places* of a line are freight already."""
    if places:
        span = {"low": min(places), "high": max(places)}
        connection.execute(_PLACE_AGAIN, {"repo": repo_id, "branch": branch, **span})


def newest(connection: Connection, repo_id: int) -> tuple[Freight, ...]:
    """Those that were minted last, by warehouse, newest minted last."""
    rows = fetch(connection, _NEWEST, {"repo": repo_id})
    freights_of = [to_record(Freight, row) for row in reversed(rows)]
    return tuple(sorted(freights_of, key=lambda freight: freight.id.warehouse))


def named(
    connection: Connection, repo_id: int, warehouse: WarehouseName, digits: str
) -> tuple[Freight, ...]:
    """Those of *warehouse* whose commit begins with *digits*, however old, newest minted last."""
    ends = {"first": digits, "end": f"{digits}g"}  # the first letter that is no digit of an id
    rows = fetch(connection, _NAMED, {"repo": repo_id, "warehouse": warehouse, **ends})
    return tuple(to_record(Freight, row) for row in rows)


def on_line(
    connection: Connection,
    repo_id: int,
    branch: str,
    warehouse: WarehouseName,
    floor: int,
    count: int,
) -> tuple[Minted, ...]:
    """The newest *count* above the place *floor* of a branch's line, newest first."""
    of = {"repo": repo_id, "on": branch, "warehouse": warehouse}
    rows = fetch(connection, _ON_LINE, {**of, "floor": floor, "count": count})
    return tuple(
        Minted(row["place"], Freight(FreightId(warehouse, Sha(row["sha"])), row["minted_at"]))
        for row in rows
    )


def off_line(
    connection: Connection, repo_id: int, branch: str, warehouse: WarehouseName
) -> tuple[Sha, ...]:
    """The commits of those that are not on a branch's line, as far as that was read."""
    of = {"repo": repo_id, "on": branch, "warehouse": warehouse}
    return tuple(Sha(row["sha"]) for row in fetch(connection, _OFF_LINE, of))
