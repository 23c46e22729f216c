"""Bring a database to the schema of this version, and tell whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.core.rebuild import floor
from app.errors import Rejected
from app.sql.database.engine import Database, run
from app.sql.database.types import instant
from app.sql.schema.floors import raise_ids

VERSION_AS_IT_IS = "UPDATE alembic_version SET version_num = version_num"
"""A write that changes nothing, to a row that nobody waits for."""
AHEAD = (
    "the database was migrated by a newer version: start that version, or restore the backup made "
    "before (docs/operating.md, Upgrades)"
)
_SCRIPTS = Path(__file__).parent / "migrations"
_ADVISORY_KEY = 0x57A6E10C  # any number that only we use


def migrate(database: Database) -> None:
    """
    Apply what is missing, all in one transaction; nothing to do is fine.

    Several processes may call it at once: one does it, the others wait. A database of a newer
    version is left as it is: Rejected, with what to do.
    """
    with database.write("migrate the database") as connection:
        if database.kind == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
        if (problem := behind(connection)) == AHEAD:
            raise Rejected(problem)
        new = MigrationContext.configure(connection).get_current_revision() is None
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if new:
            # There may have been another one, whose clients go on: their requests are not ours.
            [(micros,)] = run(connection, database.sql("SELECT {now}"), {})
            raise_ids(database, connection, floor(instant(int(micros))))


def behind(connection: Connection) -> str:
    """Empty where the schema is this version's, else what is wrong and what to run."""
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if current == scripts.get_current_head():
        return ""
    if current is None:
        return "the database is empty: run `stagelock migrate`"
    if current in {revision.revision for revision in scripts.walk_revisions()}:
        return "the database is behind this version: run `stagelock migrate`"
    return AHEAD


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
