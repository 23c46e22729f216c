"""The inbox: deliveries, stored durably before GitHub gets its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, delete, select, update

from app.ports.inbox import Delivery
from app.sql.database.engine import Database, Execute
from app.sql.database.prepared import change, fetch
from app.sql.database.rows import to_record
from app.sql.database.types import micros, storable
from app.sql.queue.dirty import mark_dirty
from app.sql.schema.tables import deliveries

_RECORD = """
INSERT INTO deliveries (guid, event, action, repo_id, installation_id, body, received_at, done)
VALUES (:guid, :event, :action, :repo, :installation, :body, :received, FALSE)
ON CONFLICT (guid) DO NOTHING RETURNING 1
"""
_IS_DONE = "SELECT done FROM deliveries WHERE guid = :guid"

_OPEN = (
    select(deliveries)
    .where(deliveries.c.done.is_(False))
    .order_by(deliveries.c.received_at, deliveries.c.guid)
)
_OF_REPO = _OPEN.where(deliveries.c.repo_id == bindparam("own"))
_OF_INSTALLATION = _OPEN.where(
    deliveries.c.repo_id.is_(None), deliveries.c.installation_id == bindparam("own")
)
_FINISH = update(deliveries).where(deliveries.c.guid == bindparam("known")).values(done=True)


class SqlInbox:
    """Implements `Inbox`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, delivery: Delivery, dirty: str | None) -> bool:
        # The hot path: text SQL in two statements; Core's constructs would cost more than SQLite.
        values = {
            "guid": storable(delivery.guid),
            "event": storable(delivery.event),
            "action": storable(delivery.action),
            "repo": delivery.repo_id,
            "installation": delivery.installation_id,
            "body": delivery.body,
            "received": micros(delivery.received_at),
        }
        return self._db.together("store a delivery", partial(self._store, values, dirty))

    def _store(self, values: Mapping[str, object], dirty: str | None, execute: Execute) -> bool:
        new = bool(execute(self._db.sql(_RECORD), values))
        known = {"guid": values["guid"]}
        done = not new and execute(self._db.sql(_IS_DONE), known) == [(True,)]
        if dirty is not None and not done:
            mark_dirty(self._db, execute, dirty)
        return new

    def pending(self, repo_id: int | None, installation_id: int | None) -> Sequence[Delivery]:
        query, own = (_OF_INSTALLATION, installation_id) if repo_id is None else (_OF_REPO, repo_id)
        with self._db.read("read deliveries") as connection:
            return [to_record(Delivery, row) for row in fetch(connection, query, {"own": own})]

    def done(self, guids: Sequence[str]) -> None:
        if not guids:
            return
        with self._db.write("finish deliveries") as connection:
            # In one order everywhere: two of these at once do not deadlock.
            change(connection, _FINISH, [{"known": guid} for guid in sorted(guids)])

    def prune(self, before: datetime) -> int:
        old = delete(deliveries).where(
            deliveries.c.done.is_(True), deliveries.c.received_at < before
        )
        with self._db.write("delete old deliveries") as connection:
            return connection.execute(old).rowcount
