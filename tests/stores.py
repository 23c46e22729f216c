"""A real store for tests that are about something else: SQLite in the test's own folder."""

import functools
import shutil
import tempfile
from pathlib import Path

from app.sql import SqlStore


def sqlite_store(folder):
    """A store over a fresh, migrated database in *folder*."""
    file = folder / "stagelock.db"
    file.write_bytes(_migrated())
    return SqlStore(f"sqlite:///{file}")


@functools.cache
def _migrated():
    """The bytes of a migrated, empty database: migrating takes longer than most tests."""
    folder = Path(tempfile.mkdtemp())
    try:
        store = SqlStore(f"sqlite:///{folder / 'stagelock.db'}")
        store.migrate()
        store.close()
        return (folder / "stagelock.db").read_bytes()
    finally:
        shutil.rmtree(folder)
