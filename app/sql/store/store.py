"""All of the store, over one database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from app.errors import OutsideError
from app.ports.audit import AuditEntry
from app.ports.gauge import Gauge, Served
from app.sql.database.engine import Database
from app.sql.database.first_connection import reach
from app.sql.locks.direct import SqlDirectLocks
from app.sql.locks.job_requests import SqlJobRequests
from app.sql.locks.locks import SqlLocks
from app.sql.locks.parts import SqlLockParts
from app.sql.queue import presence
from app.sql.queue.inbox import SqlInbox
from app.sql.queue.work import SqlWork
from app.sql.records.audit import SqlAudit
from app.sql.records.budget import SqlBudget
from app.sql.records.cards import SqlCards
from app.sql.records.checks import SqlCheckRows
from app.sql.records.installations import SqlInstalls
from app.sql.records.lines import SqlLines
from app.sql.records.pending_deployments import SqlPendingDeployments
from app.sql.records.repos import SqlRepos
from app.sql.records.service_claims import SqlServiceClaims
from app.sql.schema.migrate import VERSION_AS_IT_IS, behind, migrate
from app.sql.store import gauges, retention
from app.sql.store.history import SqlHistory
from app.sql.store.organizations import SqlOrganizations
from app.sql.store.rebuilding import SqlRebuilding
from app.sql.store.views import SqlViews

WEIGHED = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class SqlStore:
    """
    Implements `Store` for `sqlite:////file` and `postgresql://...`.

    Connects on first use; threads may share it and processes may fork with it. Rejected if *url*
    is neither. *hear* is told of the audit entries that are stored by this object, in order, once
    they are durable; it raises nothing.
    """

    def __init__(
        self, url: str, hear: Callable[[Sequence[AuditEntry]], None] | None = None
    ) -> None:
        self._db = Database(url, hear)
        self._inbox = SqlInbox(self._db)
        self._work = SqlWork(self._db)
        self._repos = SqlRepos(self._db)
        self._history = SqlHistory(self._db)
        self._lines = SqlLines(self._db)
        self._locks = SqlLocks(self._db)
        self._direct_locks = SqlDirectLocks(self._db)
        self._job_requests = SqlJobRequests(self._db)
        self._lock_parts = SqlLockParts(self._db)
        self._service_claims = SqlServiceClaims(self._db)
        self._pending = SqlPendingDeployments(self._db)
        self._budget = SqlBudget(self._db)
        self._audit = SqlAudit(self._db)
        self._checks = SqlCheckRows(self._db)
        self._installs = SqlInstalls(self._db)
        self._organizations = SqlOrganizations(self._db)
        self._views = SqlViews(self._db)
        self._cards = SqlCards(self._db)

    def __repr__(self) -> str:
        return f"SqlStore({self._db!r})"

    @property
    def database(self) -> Database:
        """For migrations, and for looking underneath."""
        return self._db

    @property
    def inbox(self) -> SqlInbox:
        return self._inbox

    @property
    def work(self) -> SqlWork:
        return self._work

    @property
    def repos(self) -> SqlRepos:
        return self._repos

    @property
    def history(self) -> SqlHistory:
        return self._history

    @property
    def organizations(self) -> SqlOrganizations:
        return self._organizations

    @property
    def lines(self) -> SqlLines:
        return self._lines

    @property
    def locks(self) -> SqlLocks:
        return self._locks

    @property
    def direct_locks(self) -> SqlDirectLocks:
        return self._direct_locks

    @property
    def job_requests(self) -> SqlJobRequests:
        return self._job_requests

    @property
    def lock_parts(self) -> SqlLockParts:
        return self._lock_parts

    @property
    def service_claims(self) -> SqlServiceClaims:
        return self._service_claims

    @property
    def pending_deployments(self) -> SqlPendingDeployments:
        return self._pending

    @property
    def budget(self) -> SqlBudget:
        return self._budget

    @property
    def audit(self) -> SqlAudit:
        return self._audit

    @property
    def checks(self) -> SqlCheckRows:
        return self._checks

    @property
    def installs(self) -> SqlInstalls:
        return self._installs

    @property
    def views(self) -> SqlViews:
        return self._views

    @property
    def cards(self) -> SqlCards:
        return self._cards

    def migrate(self) -> None:
        """Bring the database to this version's schema; nothing to do is fine."""
        migrate(self._db)

    def reach(self) -> None:
        """
        Connect once: Rejected where the setting is wrong, Transient where there is no answer.
        """
        reach(self._db)

    def rebuilding(self) -> SqlRebuilding:
        """For `stagelock rebuild`."""
        return SqlRebuilding(self._db)

    def at_work(self) -> AbstractContextManager[bool]:
        """
        Be seen at work while the block runs; False: a rebuild goes on, which must end first.
        """
        return presence.among_others(self._db)

    def ready(self) -> str:
        try:
            with self._db.read("look at the database") as connection:
                if wrong := behind(connection):
                    return wrong
            # Reading goes on where another process keeps the database locked or the disk is full.
            self._db.once("write to the database", VERSION_AS_IT_IS, {})
            return self._db.room()
        except OutsideError as error:
            return error.message

    def size(self) -> int:
        """The bytes of the whole database."""
        with self._db.read("weigh the database") as connection:
            return int(connection.exec_driver_sql(WEIGHED[self._db.kind]).scalar_one())

    def gauges(self) -> Sequence[Gauge]:
        return gauges.read(self._db, self._work.due_for())

    def served(self) -> Served:
        """Those whose series the metrics show."""
        return gauges.served(self._db)

    def forget(self, now: datetime) -> int:
        return retention.forget(self._db, now)

    def close(self) -> None:
        self._work.close()
        self._db.close()
