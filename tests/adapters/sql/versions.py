"""The schema of the version before, and a database brought to one."""

from __future__ import annotations

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.sql.schema.migrate import _config


def before() -> str:
    """The schema of the version before: what the newest migration begins with."""
    scripts = ScriptDirectory.from_config(_config())
    newest = scripts.get_revision(scripts.get_current_head() or "")
    assert isinstance(newest.down_revision, str)
    return newest.down_revision


def brought_to(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
