"""What the organisations' `.github` say of lock groups, and who else is in these."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, select

from app.core.model.names import GroupName, Sha
from app.core.model.organization_locks import OrganizationFile
from app.ports.organizations import Beside
from app.ports.store import Claim
from app.sql.database.engine import Database, run
from app.sql.database.rows import upsert
from app.sql.locks.requests import groups_of
from app.sql.locks.sharing import shared_with
from app.sql.queue.dirty import mark_dirty, repo_key
from app.sql.queue.fence import check_fence
from app.sql.schema.columns import metadata, words

organization_locks = Table(
    "installation_lock_groups",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("repo_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("commit", Text),
    Column("text", LargeBinary, nullable=False),
    words("why"),
)


class SqlOrganizations:
    """Implements `Organizations`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def file(self, account_id: int) -> OrganizationFile | None:
        query = select(organization_locks).where(organization_locks.c.account_id == account_id)
        with self._db.read("read an organisation's locks") as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        commit = Sha(row["commit"]) if row["commit"] else None
        return OrganizationFile(**{**row, "commit": commit, "text": bytes(row["text"])})

    def ask(self, repo_id: int) -> None:
        with self._db.write("mark work") as connection:
            mark_dirty(self._db, partial(run, connection), repo_key(repo_id))

    def put(self, claim: Claim, file: OrganizationFile, wake: Collection[int]) -> bool:
        if self.file(file.account_id) == file:
            return False
        row = {
            "account_id": file.account_id,
            "repo_id": file.repo_id,
            "status": file.status,
            "commit": file.commit,
            "text": file.text,
            "why": file.why,
        }
        keys = sorted(repo_key(repo_id) for repo_id in wake)
        with self._db.write("store an organisation's locks") as connection:
            check_fence(connection, claim, *keys)
            upsert(connection, organization_locks, [row], ["account_id"])
            for key in keys:
                mark_dirty(self._db, partial(run, connection), key)
        return True

    def beside(self, repo_id: int, groups: Collection[GroupName]) -> Beside:
        with self._db.read("read what others have of an organisation's locks") as connection:
            others, queues = shared_with(connection, repo_id, groups)
            return Beside(others, queues, groups_of(connection, repo_id, groups))
