"""Pipeline cards, and which pull request brought a commit into a freight."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.core.model.cards import CardRecord, Carrier
from app.core.model.names import FreightId
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row, upsert
from app.sql.queue.fence import check_fence
from app.sql.schema.card_tables import cards, carriers

_UNFINISHED = (
    select(cards)
    .where(cards.c.repo_id == bindparam("repo"), cards.c.over.is_(False))
    .order_by(cards.c.pull)
)
_ONE = select(cards).where(cards.c.repo_id == bindparam("repo"), cards.c.pull == bindparam("pull"))
_CARRIERS = (
    select(carriers)
    .where(carriers.c.repo_id == bindparam("repo"), carriers.c.freight == bindparam("freight"))
    .order_by(carriers.c.sha)
)
_CARRIED = (
    select(carriers.c.freight)
    .distinct()
    .where(carriers.c.repo_id == bindparam("repo"), carriers.c.pull == bindparam("pull"))
    .order_by(carriers.c.freight)
)


class SqlCards:
    """Implements `Cards`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def unfinished(self, repo_id: int) -> Sequence[CardRecord]:
        with self._db.read("read pipeline cards") as connection:
            rows = fetch(connection, _UNFINISHED, {"repo": repo_id})
        return tuple(to_record(CardRecord, row) for row in rows)

    def of(self, repo_id: int, pull: int) -> CardRecord | None:
        with self._db.read("read a pipeline card") as connection:
            rows = fetch(connection, _ONE, {"repo": repo_id, "pull": pull})
        return to_record(CardRecord, rows[0]) if rows else None

    def save(self, claim: Claim, repo_id: int, card: CardRecord) -> None:
        with self._db.write("note a pipeline card") as connection:
            check_fence(connection, claim)
            upsert(connection, cards, [{"repo_id": repo_id, **to_row(card)}], ["repo_id", "pull"])

    def carriers(self, repo_id: int, freight: FreightId) -> Sequence[Carrier]:
        with self._db.read("read which pull requests carry a freight") as connection:
            rows = fetch(connection, _CARRIERS, {"repo": repo_id, "freight": freight})
        return tuple(to_record(Carrier, row) for row in rows)

    def carried(self, repo_id: int, pull: int) -> Sequence[FreightId]:
        with self._db.read("read what a pull request carries") as connection:
            rows = fetch(connection, _CARRIED, {"repo": repo_id, "pull": pull})
        return tuple(row["freight"] for row in rows)

    def note(self, claim: Claim, repo_id: int, carrier: Carrier) -> None:
        with self._db.write("note which pull request carries a freight") as connection:
            check_fence(connection, claim)
            row = {"repo_id": repo_id, **to_row(carrier)}
            upsert(connection, carriers, [row], ["repo_id", "freight", "sha"])
