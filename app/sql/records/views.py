"""What programs and pages read: each repository's description, and pages of its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, RowMapping, Table, Text, bindparam, delete, select

from app.core.model.documents import Document
from app.core.model.records import Freight, Promotion
from app.ports.store import Claim
from app.ports.views import FreightRow
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, upsert
from app.sql.queue.fence import check_fence
from app.sql.schema.columns import metadata
from app.sql.schema.tables import freights, promotions

views = Table(
    "views",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
)


_DIGESTS = select(views.c.part, views.c.digest).where(views.c.repo_id == bindparam("repo"))


def put(database: Database, claim: Claim, repo_id: int, documents: Mapping[str, Document]) -> bool:
    """Keep these parts and no others; whether something was written."""
    new = {part: json.dumps(document) for part, document in documents.items()}
    digests = {part: _digest(text) for part, text in new.items()}
    with database.read("read what was described") as connection:
        before = {
            row["part"]: row["digest"] for row in fetch(connection, _DIGESTS, {"repo": repo_id})
        }
    gone = sorted(before.keys() - new.keys())
    rows = [
        {"repo_id": repo_id, "part": part, "document": text, "digest": digests[part]}
        for part, text in new.items()
        if before.get(part) != digests[part]
    ]
    if not rows and not gone:
        return False
    with database.write("describe a repository") as connection:
        check_fence(connection, claim)
        upsert(connection, views, rows, ["repo_id", "part"])
        for part in gone:
            of_part = views.c.repo_id == repo_id, views.c.part == part
            connection.execute(delete(views).where(*of_part))
    return True


def document(database: Database, repo_id: int, part: str) -> Document | None:
    """That part of a repository's description."""
    query = select(views.c.document).where(views.c.repo_id == repo_id, views.c.part == part)
    with database.read("read a description") as connection:
        text = connection.execute(query).scalar_one_or_none()
    return None if text is None else dict(json.loads(text))


def of_all(database: Database, part: str) -> Mapping[int, Document]:
    """That part of every repository's description, by its id."""
    query = (
        select(views.c.repo_id, views.c.document)
        .where(views.c.part == part)
        .order_by(views.c.repo_id)
    )
    with database.read("read descriptions") as connection:
        return {row.repo_id: json.loads(row.document) for row in connection.execute(query)}


def freight_page(
    database: Database, repo_id: int, warehouse: str, before: int | None, most: int
) -> Sequence[FreightRow]:
    """Newest first."""
    rows = _page(database, freights, {"repo_id": repo_id, "warehouse": warehouse}, before, most)
    return [FreightRow(row["number"], to_record(Freight, row)) for row in rows]


def promotion_page(
    database: Database, repo_id: int, stage: str, before: int | None, most: int
) -> Sequence[Promotion]:
    """Newest first."""
    rows = _page(database, promotions, {"repo_id": repo_id, "stage": stage}, before, most)
    return [to_record(Promotion, row) for row in rows]


def _page(
    database: Database, table: Table, where: Mapping[str, int | str], before: int | None, most: int
) -> Sequence[RowMapping]:
    """The newest rows *where* the columns are so ("": whatever they are), below *before*."""
    query = select(table).where(*(table.c[name] == value for name, value in where.items() if value))
    if before is not None:
        query = query.where(table.c.number < before)
    query = query.order_by(table.c.number.desc()).limit(most)
    with database.read(f"read {table.name}") as connection:
        return connection.execute(query).mappings().all()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
