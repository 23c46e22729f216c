"""All of the store, over one database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from app.errors import OutsideError
from app.sql.budget import SqlBudget
from app.sql.engine import Database
from app.sql.history import SqlHistory
from app.sql.inbox import SqlInbox
from app.sql.locks import SqlLocks
from app.sql.locktables import lock_requests
from app.sql.migrate import behind, migrate
from app.sql.repos import SqlRepos
from app.sql.tables import deliveries, promotions
from app.sql.work import SqlWork


class SqlStore:
    """
    Implements `Store` for `sqlite:////file` and `postgresql://...`.

    Connects on first use; threads may share it and processes may fork with it. Rejected if *url*
    is neither.
    """

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self._inbox = SqlInbox(self._db)
        self._work = SqlWork(self._db)
        self._repos = SqlRepos(self._db)
        self._history = SqlHistory(self._db)
        self._locks = SqlLocks(self._db)
        self._budget = SqlBudget(self._db)

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
    def locks(self) -> SqlLocks:
        return self._locks

    @property
    def budget(self) -> SqlBudget:
        return self._budget

    def migrate(self) -> None:
        """Bring the database to this version's schema; nothing to do is fine."""
        migrate(self._db)

    def ready(self) -> str:
        try:
            with self._db.read("look at the database") as connection:
                return behind(connection)
        except OutsideError as error:
            return error.message

    def gauges(self) -> Mapping[str, float]:
        """
        Return `work_due`, `work_oldest_due_seconds`, `deliveries`, `deliveries_pending`, and
        `promotions_STATE`, `lock_requests_STATE` for every state that occurs (`-` becomes `_`).
        """
        numbers: dict[str, float] = {
            "work_due": self._work.due(),
            "work_oldest_due_seconds": self._work.due_for().total_seconds(),
        }
        every = select(func.count()).select_from(deliveries)
        with self._db.read("count what is stored") as connection:
            numbers["deliveries"] = connection.execute(every).scalar_one()
            pending = every.where(deliveries.c.done.is_(False))
            numbers["deliveries_pending"] = connection.execute(pending).scalar_one()
            for prefix, state in _STATES:
                counts = connection.execute(select(state, func.count()).group_by(state))
                for name, count in counts:
                    numbers[f"{prefix}_{name.replace('-', '_')}"] = count
        return numbers

    def close(self) -> None:
        self._work.close()
        self._db.close()


_STATES = (("promotions", promotions.c.state), ("lock_requests", lock_requests.c.state))
