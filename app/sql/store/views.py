"""What programs and pages read, from records and locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.model.documents import Document
from app.core.model.lock_requests import OwnRequest
from app.core.model.records import Promotion
from app.ports.store import Claim
from app.ports.views import FreightRow
from app.sql.database.engine import Database
from app.sql.locks.requests import every_live
from app.sql.records import views


class SqlViews:
    """Implements `Views`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, claim: Claim, repo_id: int, documents: Mapping[str, Document]) -> bool:
        return views.put(self._db, claim, repo_id, documents)

    def document(self, repo_id: int, part: str) -> Document | None:
        return views.document(self._db, repo_id, part)

    def documents(self, part: str) -> Mapping[int, Document]:
        return views.of_all(self._db, part)

    def requests(self) -> Sequence[OwnRequest]:
        with self._db.read("read the live lock requests") as connection:
            return every_live(connection)

    def freights(
        self, repo_id: int, *, warehouse: str = "", before: int | None = None, most: int
    ) -> Sequence[FreightRow]:
        return views.freight_page(self._db, repo_id, warehouse, before, most)

    def promotions(
        self, repo_id: int, *, stage: str = "", before: int | None = None, most: int
    ) -> Sequence[Promotion]:
        return views.promotion_page(self._db, repo_id, stage, before, most)
