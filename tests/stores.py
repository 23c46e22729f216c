"""A real store for tests that are about something else: SQLite in the test's own folder."""

from app.sql import SqlStore
from app.sql.engine import Database
from app.sql.migrate import migrate


def sqlite_store(folder):
    url = f"sqlite:///{folder / 'stagelock.db'}"
    migrate(Database(url))
    return SqlStore(url)
