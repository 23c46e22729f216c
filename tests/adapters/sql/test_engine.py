"""The database under the store: durable, private, and clear about what goes wrong."""

import sqlite3
import stat
import threading
import time
import traceback
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from sqlalchemy import text

from app.errors import Conflict, Rejected, Transient
from app.sql.database import connect
from app.sql.store.store import SqlStore
from tests.contracts.facts import LEASE, delivery
from tests.processes import PATIENCE

SECRET = "canary-7f3a"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "store.db"


@pytest.fixture
def store(file):
    store = SqlStore(f"sqlite:///{file}")
    store.migrate()
    yield store
    store.close()


def test_the_file_is_its_owners_alone(store, file):
    """Webhook bodies of private repositories are in it."""
    store.work.touch("repo-1")

    files = [file, file.with_name("store.db-wal"), file.with_name("store.db-shm")]
    assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o600] * 3
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_is_committed_survives_a_power_cut(store):
    with store.database.read("look") as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_full_disk_is_told_and_what_was_stored_before_is_there(store):
    store.inbox.record(delivery("a"), "repo-7")

    def fill_up(execute):
        [(pages,)] = execute("PRAGMA page_count", {})
        execute(f"PRAGMA max_page_count = {pages}", {})

    store.database.together("fill up", fill_up)  # on the connection that deliveries use

    with pytest.raises(Transient, match="cannot store a delivery: the disk is full"):
        store.inbox.record(delivery("b", body=b"x" * 100_000), "repo-7")

    assert [one.guid for one in store.inbox.pending(7, None)] == ["a"]


def test_a_locked_database_is_told(store, file, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.1)
    impatient = SqlStore(f"sqlite:///{file}")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Transient, match="another process kept the database locked"):
        impatient.work.touch("repo-1")
    assert impatient.work.claim is not None, "reading goes on"
    assert impatient.work.due() == 0

    other.execute("ROLLBACK")
    other.close()
    impatient.work.touch("repo-1")
    impatient.close()


def test_a_thread_that_never_ends_its_transaction_is_told_of(store, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.1)
    told = []

    def write():
        try:
            store.work.touch("repo-1")
        except Transient as error:
            told.append(error.message)

    with store.database.write("dawdle"):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert told == ["cannot mark work: another thread kept the database for too long"]


def test_deliveries_of_many_threads_share_a_transaction(store):
    before, ready = threading.Semaphore(0), threading.Barrier(6)
    batches = []

    def one(number, execute):
        batches.append(execute)
        if number == 0:
            before.acquire()  # the first one keeps the database while the others gather
        return number

    def call(number):
        ready.wait()
        found[number] = store.database.together("store", partial(one, number))

    found = {}
    first = threading.Thread(
        target=lambda: found.update({0: store.database.together("store", partial(one, 0))})
    )
    first.start()
    until(lambda: batches)  # it has begun, alone
    others = [threading.Thread(target=call, args=(number,)) for number in range(1, 7)]
    for thread in others:
        thread.start()
    until(lambda: len(store.database._mine().sharing._waiting) == 6)
    before.release()
    for thread in [first, *others]:
        thread.join(timeout=PATIENCE)

    assert found == {number: number for number in range(7)}
    assert len({id(execute) for execute in batches}) == 2


def test_what_fails_in_a_shared_transaction_fails_alone(store):
    with store.database.write("prepare") as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    begun, held = threading.Event(), threading.Semaphore(0)
    errors = {}

    def hold(_execute):
        begun.set()
        held.acquire()

    kept = threading.Thread(target=lambda: store.database.together("hold", hold))
    kept.start()
    assert begun.wait(PATIENCE)

    def insert(number, value):
        try:
            store.database.together(
                "insert", lambda execute: execute(f"INSERT INTO t VALUES ({value})", {})
            )
        except Conflict as error:
            errors[number] = error

    threads = [
        threading.Thread(target=insert, args=pair) for pair in [(0, 1), (1, 2), (2, 2), (3, 3)]
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(store.database._mine().sharing._waiting) == 4)
    held.release()
    for thread in [kept, *threads]:
        thread.join(timeout=PATIENCE)

    assert len(errors) == 1
    assert set(errors) <= {1, 2}
    with store.database.read("look") as connection:
        assert connection.exec_driver_sql("SELECT n FROM t ORDER BY n").scalars().all() == [1, 2, 3]


def test_a_store_is_closed_only_when_nobody_is_writing_to_it(store):
    """Else the process ends: SQLite's connection is gone under the statement of another thread."""
    ended = threading.Event()
    stored: list[str] = []

    def deliver(writer):
        while not ended.is_set():
            guid = f"{writer}-{len(stored)}"
            store.inbox.record(delivery(guid), "repo-7")
            stored.append(guid)

    writers = [threading.Thread(target=deliver, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for closed in range(200):
        store.close()
        until(lambda least=closed: len(stored) > least)
    ended.set()
    for writer in writers:
        writer.join(timeout=PATIENCE)

    assert {one.guid for one in store.inbox.pending(7, None)} >= set(stored)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"this is no database" * 100)

    assert "not a SQLite database" in SqlStore(f"sqlite:///{path}").ready()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    told = SqlStore(f"sqlite:///{tmp_path}/file/store.db").ready()

    assert "cannot create the database file" in told


def test_a_store_that_is_not_migrated_says_what_to_run(file):
    store = SqlStore(f"sqlite:///{file}")

    with pytest.raises(Transient, match="run `stagelock migrate`"):
        store.work.touch("repo-1")
    store.close()


def test_a_failed_transaction_leaves_nothing(store):
    def fail():
        with store.database.write("fail") as connection:
            connection.execute(text("INSERT INTO counters VALUES ('x', 1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with store.database.read("look") as connection:
        assert connection.execute(text("SELECT count(*) FROM counters")).scalar() == 0


def test_a_broken_constraint_is_a_conflict_without_its_values(store):
    def insert():
        with store.database.write("store it") as connection:
            statement = text("INSERT INTO counters VALUES (:name, 1)")
            connection.execute(statement, {"name": SECRET})

    insert()
    with pytest.raises(Conflict) as caught:
        insert()

    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_mistake_of_ours_is_not_taken_for_bad_luck(store):
    with pytest.raises(Exception, match="syntax") as caught, store.database.write("err") as wrong:
        wrong.exec_driver_sql("SELEKT 1")

    assert not isinstance(caught.value, Transient)


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", f"mysql://u:{SECRET}@h/d", f"postgres//u:{SECRET}@h", ""],
)
def test_urls_of_other_databases_are_refused_without_quoting_them(url):
    with pytest.raises(Rejected, match="STAGELOCK_DATABASE_URL") as caught:
        SqlStore(url)

    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_away_is_told_without_the_password():
    store = SqlStore(f"postgresql://user:{SECRET}@127.0.0.1:1/stagelock")

    assert store.ready() == "cannot look at the database: the database cannot be reached"
    with pytest.raises(Transient) as caught:
        store.work.touch("repo-1")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(store)
    store.work.wait(timedelta(seconds=0.2))
    store.close()


def test_a_lost_connection_is_transient_and_the_next_call_works(migrated_postgres):
    store = SqlStore(migrated_postgres())
    store.work.touch("repo-1")
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    kill += " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    url = store.database.engine.url.set(drivername="postgresql").render_as_string()

    def lose():
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(kill)

    def interrupted(transaction, statement):
        with transaction("do it") as execute:
            lose()
            execute(*statement) if callable(execute) else execute.exec_driver_sql(*statement)

    for transaction in (store.database.write, store.database.quick):
        with pytest.raises(Transient, match="cannot do it"):
            interrupted(transaction, ("SELECT 1", {}))
    assert store.work.claim("a", LEASE) is not None
    lose()
    store.work.wait(timedelta(seconds=0.1))
    assert store.inbox.record(delivery("a"), None), "a webhook outlives connections that died"
    store.close()


@pytest.mark.postgres
def test_a_connection_that_is_in_use_when_the_store_is_closed_ends_with_its_use(migrated_postgres):
    url = migrated_postgres()
    store, other = SqlStore(url), SqlStore(url)
    sessions = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'stagelock' AND pid <> pg_backend_pid()"
    )
    try:
        with store.database.read("look") as reading, store.database.engine.connect() as given_up:
            reading.execute(text("SELECT 1"))
            store.close()
            given_up.invalidate()
            assert reading.execute(text("SELECT 2")).scalar_one() == 2

        def none_left():
            with other.database.read("look") as connection:
                return connection.execute(sessions).scalar_one() == 0

        until(none_left)
    finally:
        store.close()
        other.close()
