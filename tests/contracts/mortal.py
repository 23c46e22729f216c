"""A process that works with the store and may die: before its transaction is durable, or after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, event

from app.errors import Conflict
from app.ports.store import Claim
from app.sql.store.store import SqlStore
from tests.contracts.facts import LEASE

Call = Callable[[Any, Claim | None], Any]
"""What is asked of the store, with the claim of a worker or as a client."""
REFUSED = "refused"


class Killed(BaseException):
    """The process ended here."""


class Process:
    """One after the other: each dies with its claims, and the next takes over what it held."""

    def __init__(self, url: str) -> None:
        self.url, self.store = url, SqlStore(url)
        self.calling = self.over = False
        self.dying = False
        self._watched()

    def _watched(self) -> None:
        engine = self.store.database.engine
        event.listen(engine, "begin", _noted)
        event.listen(engine, "commit", self._committing)
        event.listen(engine, "checkout", self._beginning)

    def _committing(self, connection: Connection) -> None:
        """What only read is no effect: a death then is one before the next."""
        if _wrote(connection):
            if self.dying:
                raise Killed
            self.over = self.calling

    def _beginning(self, *_: Any) -> None:
        """Dying here would leave a half behind."""
        assert not self.over, "more than one transaction"

    def begins_anew(self) -> None:
        self.store.close()
        self.store = SqlStore(self.url)
        self._watched()
        self.store.work.take_over("worker")

    def claim(self, repo: int) -> Claim:
        """That of somebody who looks at the repository for something beside its looks."""
        found = self.store.work.borrow(f"repo-{repo}", "worker", LEASE)
        assert found is not None
        return found

    def answer(self, call: Call, claim: Claim | None) -> Any:
        """In one transaction."""
        self.calling = True
        try:
            return call(self.store, claim)
        except Conflict:
            return REFUSED
        finally:
            self.calling = self.over = False

    def dies_before(self, call: Call, claim: Claim | None) -> None:
        """Its last moment is the one before its commit (or what it asked for was refused)."""
        self.dying = True
        with suppress(Killed):
            self.answer(call, claim)
        self.dying = False
        self.begins_anew()
        if claim is not None:  # it was only very slow, and goes on
            with pytest.raises(Conflict):
                call(self.store, claim)


def _noted(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.info["changes"] = _driver(connection).total_changes


def _wrote(connection: Connection) -> bool:
    """Whether its transaction has changed anything (on PostgreSQL: or locked a row)."""
    driver = _driver(connection)
    if connection.dialect.name == "sqlite":
        return bool(driver.total_changes > connection.info["changes"])
    return bool(driver.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()[0])


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
