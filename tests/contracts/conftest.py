"""The store, over each database that it runs on."""

import pytest
from sqlalchemy import text

from app.sql.database.engine import Database
from app.sql.schema.columns import metadata
from app.sql.store.store import SqlStore
from tests.contracts.desk import Desk
from tests.contracts.standing import stand  # noqa: F401 # a fixture


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory):
    """The bytes of a migrated, empty SQLite file: copying is faster than migrating."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    store = SqlStore(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path.read_bytes()


@pytest.fixture(scope="session")
def shared_postgres(migrated_postgres):
    return migrated_postgres()


@pytest.fixture
def emptied_postgres(shared_postgres):
    """Emptying the tables is ten times faster than making a database."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    database = Database(shared_postgres)
    with database.write("start anew") as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    database.close()
    return shared_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, migrated_sqlite):
    if request.param == "postgresql":
        return request.getfixturevalue("emptied_postgres")
    path = tmp_path / "store.db"
    path.write_bytes(migrated_sqlite)
    return f"sqlite:///{path}"


@pytest.fixture
def store(url):
    store = SqlStore(url)
    yield store
    store.close()


@pytest.fixture
def desk(store):
    return Desk(store)
