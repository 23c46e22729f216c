"""Where the App is installed, and what GitHub said when it was last asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    false,
    select,
    update,
)

from app.core.model.installations import InstallationFact
from app.ports.installs import Standing
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import upsert
from app.sql.database.types import MappingText
from app.sql.schema.columns import metadata, words

installations = Table(
    "installations",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    words("account"),
    Column("suspended", Boolean, nullable=False),
    Column("permissions", MappingText(), nullable=False),
    words("url"),
    Column("lacks", Text, nullable=False),
    Column("account_id", BigInteger, nullable=False, server_default="0"),
    Column("organization", Boolean, nullable=False, server_default=false()),
)

standings = Table(
    "standings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("answers", BigInteger, nullable=False),
    Column("app_id", BigInteger, nullable=False),
    words("slug"),
    Column("accounts", Integer, nullable=False),
    Column("repositories", Integer, nullable=False),
    words("refused"),
)

ONE: Final = 1
"""There is one App: its row's number."""
_OF_ID = select(installations).where(installations.c.id == bindparam("installation"))


class SqlInstalls:
    """Implements `Installs`; sequences are in order of id."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, installation_id: int) -> InstallationFact | None:
        with self._db.read("read an installation") as connection:
            rows = fetch(connection, _OF_ID, {"installation": installation_id})
        return _fact(rows[0]) if rows else None

    def all(self) -> Sequence[InstallationFact]:
        query = select(installations).order_by(installations.c.id)
        with self._db.read("read installations") as connection:
            return [_fact(row) for row in connection.execute(query).mappings()]

    def put(self, fact: InstallationFact) -> bool:
        before = self.get(fact.id)
        if before == fact:
            return False
        row = {
            "id": fact.id,
            "account": fact.account,
            "suspended": fact.suspended,
            "permissions": fact.permissions,
            "url": fact.url,
            "lacks": json.dumps(fact.lacks),
            "account_id": fact.account_id,
            "organization": fact.organization,
        }
        with self._db.write("store an installation") as connection:
            upsert(connection, installations, [row], ["id"])
        return before is None or before.permissions != fact.permissions

    def only(self, installation_ids: Sequence[int]) -> None:
        gone = {fact.id for fact in self.all()} - set(installation_ids)
        if gone:
            with self._db.write("forget installations") as connection:
                connection.execute(delete(installations).where(installations.c.id.in_(gone)))

    def answered(self, standing: Standing) -> None:
        values = {
            "app_id": standing.app_id,
            "slug": standing.slug,
            "accounts": standing.accounts,
            "repositories": standing.repositories,
            "refused": "",
        }
        with self._db.write("store GitHub's answer") as connection:
            counted = {"answers": standings.c.answers + 1, **values}
            known = connection.execute(update(standings).values(counted)).rowcount
            if not known:
                row = {"id": ONE, "answers": 1, **values}
                upsert(connection, standings, [row], ["id"])

    def refused(self, why: str) -> None:
        with self._db.write("store GitHub's answer") as connection:
            connection.execute(update(standings).values(refused=why))

    def standing(self) -> Standing | None:
        with self._db.read("read GitHub's answer") as connection:
            row = connection.execute(select(standings)).mappings().first()
        if row is None:
            return None
        return Standing(**{name: value for name, value in row.items() if name != "id"})


def _fact(row: Mapping[Any, Any]) -> InstallationFact:
    return InstallationFact(**{**row, "lacks": tuple(json.loads(row["lacks"]))})
