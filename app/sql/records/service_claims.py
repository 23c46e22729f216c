"""What our lock requests have at external services: rows by their own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.core.model.lock_requests import LockRequest
from app.core.model.service_claims import ServiceClaim
from app.ports.store import Claim
from app.sql.database.engine import Database, run
from app.sql.database.prepared import fetch
from app.sql.database.rows import to_record, to_row
from app.sql.queue.dirty import mark_dirty, repo_key
from app.sql.queue.fence import check_fence
from app.sql.schema.lock_tables import service_claims

_OF_REPO = (
    select(service_claims)
    .where(service_claims.c.repo_id == bindparam("repo"))
    .order_by(service_claims.c.id)
)


class SqlServiceClaims:
    """Implements `ServiceClaims`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, claim: Claim, wanted: ServiceClaim) -> ServiceClaim:
        with self._db.write("begin to ask a lock service") as connection:
            check_fence(connection, claim)
            known = (
                service_claim
                for service_claim in load(connection, wanted.repo_id)
                if service_claim.state != "ending"
            )
            mine = (wanted.request, wanted.since, wanted.use)
            begun = next(
                (
                    service_claim
                    for service_claim in known
                    if (service_claim.request, service_claim.since, service_claim.use) == mine
                ),
                None,
            )
            if begun is not None:
                return begun
            result = connection.execute(insert(service_claims).values(to_row(wanted, "id")))
            (number,) = result.inserted_primary_key or (0,)
            return to_record(ServiceClaim, to_row(wanted), id=number)

    def find(self, claim_id: int) -> ServiceClaim | None:
        query = select(service_claims).where(service_claims.c.id == claim_id)
        with self._db.read("read what a lock service has granted") as connection:
            rows = connection.execute(query).mappings().all()
        return to_record(ServiceClaim, rows[0]) if rows else None

    def save(self, claim: Claim, stored: ServiceClaim) -> None:
        change = update(service_claims).where(service_claims.c.id == stored.id)
        with self._db.write("store what a lock service said") as connection:
            check_fence(connection, claim)
            connection.execute(change.values(to_row(stored, "id")))

    def of(self, repo_id: int) -> Sequence[ServiceClaim]:
        with self._db.read("read what lock services have granted") as connection:
            return load(connection, repo_id)

    def renewed(self, claim: Claim, before: ServiceClaim, after: ServiceClaim) -> None:
        same = (service_claims.c.id == before.id) & (service_claims.c.state == before.state)
        same &= service_claims.c.next_at == before.next_at
        with self._db.write("store what was renewed") as connection:
            check_fence(connection, claim)
            change = update(service_claims).where(same).values(to_row(after, "id"))
            changed = connection.execute(change).rowcount
            if changed and after.state != before.state:
                mark_dirty(self._db, partial(run, connection), repo_key(before.repo_id))

    def forget(self, claim: Claim, claim_id: int) -> None:
        with self._db.write("forget what a lock service has back") as connection:
            check_fence(connection, claim)
            connection.execute(delete(service_claims).where(service_claims.c.id == claim_id))


def load(connection: Connection, repo_id: int) -> tuple[ServiceClaim, ...]:
    """Those of a repository, by id."""
    rows = fetch(connection, _OF_REPO, {"repo": repo_id})
    return tuple(to_record(ServiceClaim, row) for row in rows)


def pass_on(connection: Connection, was: LockRequest, heir: LockRequest) -> None:
    """What the grant *was* has outside is *heir*'s from now on."""
    mine = (service_claims.c.request == was.id) & (service_claims.c.state != "ending")
    now = {"request": heir.id, "since": heir.requested_at}
    connection.execute(update(service_claims).where(mine).values(now))
