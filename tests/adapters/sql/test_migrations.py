"""The schema: what the migrations make is what the tables say, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from app.core.locks.quota import Quota
from app.core.model.comments import CommandRecord
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.model.names import GroupName
from app.core.model.records import Freight, Hold, Order, Promotion
from app.core.model.repository_change import RepoRecord
from app.core.model.run_records import RunRecord
from app.core.rebuild import floor
from app.sql.database.engine import Database
from app.sql.schema import lock_tables, tables
from app.sql.schema.columns import metadata
from app.sql.schema.migrate import _config
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{tmp_path / 'store.db'}"
    store = SqlStore(url)
    yield store
    store.close()


def test_the_migrations_make_the_tables_that_the_code_expects(empty):
    empty.migrate()

    with empty.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_that_is_not_migrated_says_what_to_run(empty):
    assert "stagelock migrate" in empty.ready()
    empty.migrate()
    assert empty.ready() == ""


def test_a_database_behind_says_what_to_run_and_one_ahead_says_which_is_older(empty):
    empty.migrate()
    with empty.database.write("pretend") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "stagelock migrate" in empty.ready()
    with empty.database.write("pretend") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "newer version" in empty.ready()


def test_migrating_twice_and_at_once_is_fine(empty):
    """Two servers that start together must not both create the tables."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: empty.migrate(), range(3)))
    empty.migrate()

    assert empty.ready() == ""


def test_a_database_that_is_new_gives_no_number_of_an_older_one(empty):
    """That one's clients may go on: what they name must not be somebody else's."""
    empty.migrate()
    groups = (GroupName("e2e"),)
    wanted = DirectRequest(0, 7, "acme/shop", "client", "ci", groups, 0, "queued", AT, timedelta(1))
    first = empty.direct_locks.ask(wanted, Quota())
    empty.migrate()
    second = empty.direct_locks.ask(replace(wanted, owner="other"), Quota())
    assert second.id == first.id + 1
    assert first.id > floor(AT)


OF_GROUPS = {"groups", "tokens", "weights", "permits"}
OF_DIRECT = {"kind", "asker", "asker_id", "owner", "purpose", "ttl", "expires_at", "read_at"}
OF_DIRECT |= {"given_at", "pull", "commit"}
OF_STAGES = {"stage", "promotion", "freight", "out_of_turn", "refused_by", "refused_role"}
OF_STAGES |= {"refused_verb", "kept_at", "kept_by", "probed_at", "probed_by"}
OF_STAGES |= {"refused_verb", "kept_at", "kept_by", "probed_at", "probed_by"}


@pytest.mark.parametrize(
    ("record", "table", "elsewhere"),
    [
        (Freight, tables.freights, {"warehouse", "sha"}),
        (Promotion, tables.promotions, {"mark"}),
        (Order, tables.orders, set()),
        (Hold, tables.holds, set()),
        (RunRecord, tables.runs, set()),
        (CommandRecord, tables.commands, set()),
        (RepoRecord, tables.repositories, set()),
        (LockRequest, lock_tables.lock_requests, OF_GROUPS | OF_DIRECT),
        (DirectRequest, lock_tables.lock_requests, OF_GROUPS | OF_STAGES | {"told_as"}),
    ],
)
def test_every_field_of_a_record_has_its_column(record, table, elsewhere):
    names = {field.name for field in fields(record)}

    assert names - elsewhere <= set(table.c.keys())
    assert set(table.c.keys()) - names <= {"repo_id", "number", "key"} | elsewhere


FREIGHT = f"web@{'a' * 40}"


def test_what_was_words_before_is_read_as_what_it_was(tmp_path):
    """0020: successors of promotions that an older version stored."""
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    rows = {
        "check-failed": "e2e, lint",
        "revoked": "e2e",
        "superseded": f"{FREIGHT}; landed out of turn as 1234567",
        "errored": "no answer, for an hour",
    }
    with database.write("an older version") as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0019")
        for number, (reason, detail) in enumerate(rows.items(), start=1):
            connection.execute(text(OLDER), {"n": number, "reason": reason, "detail": detail})
        command.upgrade(config, "0020")
        query = "SELECT reason, successor FROM promotions ORDER BY number"
        found = [tuple(row) for row in connection.execute(text(query))]
    database.close()
    assert found == [
        ("check-failed", None),
        ("revoked", None),
        ("superseded", FREIGHT),
        ("errored", None),
    ]


OLDER = """
INSERT INTO promotions (number, repo_id, id, stage, freight, state, config, created_at, updated_at,
  attempt, reason, detail, started_by, in_sync, adopted, written, erred, reran, problem, edits, over)
VALUES (:n, 7, 'p' || :n, 'dev', '', 'failed', '', 0, 0, 1, :reason, :detail, '', false, false, '[]',
  0, '[]', '', '[]', '')
"""


def test_a_persons_lock_is_theirs_by_number_after_the_migration_where_it_can_be_told(tmp_path):
    """0034: an account's comments say its number; what they do not say is nobody's."""
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    with database.write("an older version") as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0033")
        for number, asker in enumerate(("mia", "two", "new", ""), start=1):
            kind = "person" if asker else "stage"
            values = {"n": number, "kind": kind, "asker": asker}
            connection.execute(text(OLDER_LOCK), values)
        for user, user_id in (("mia", 7), ("mia", 7), ("mia", 0), ("two", 8), ("two", 9)):
            connection.execute(text(OLDER_COMMENT), {"user": user, "user_id": user_id})
        command.upgrade(config, "0034")
        query = "SELECT asker, asker_id FROM lock_requests ORDER BY id"
        found = [tuple(row) for row in connection.execute(text(query))]
    database.close()
    assert found == [("mia", 7), ("two", 0), ("new", 0), ("", 0)]


OLDER_LOCK = """
INSERT INTO lock_requests (id, repo_id, repo_name, stage, promotion, freight, seq, state,
  requested_at, ended_by, reason, out_of_turn, refused_by, refused_role, kind, asker)
VALUES (:n, 1, '', '', '', '', :n, 'held', 0, '', '', false, '', '', :kind, :asker)
"""
OLDER_COMMENT = """
INSERT INTO commands (repo_id, key, "order", kind, body, "user", user_id, created_at, verb,
  run_name, run_id, run_key, eyes, outcome, told, parts, followed)
VALUES (1, hex(randomblob(4)), 0, 'issue', '', :user, :user_id, 0, '', '', 0, '', false, '', false,
  '[]', '[]')
"""


REBUILT = "the records were rebuilt; whether its job still runs is not known yet"


def test_a_grant_that_a_rebuild_left_suspect_is_still_probed_after_the_migration(tmp_path):
    """0025: the sentence that decided it is a code."""
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    with database.write("an older version") as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0024")
        columns = {
            column["name"]: 0
            for column in inspect(connection).get_columns("lock_requests")
            if not column["nullable"]
        }
        for number, reason in enumerate((REBUILT, "it hung"), start=1):
            values = {**columns, "id": number, "seq": number, "state": "suspect", "reason": reason}
            names = ", ".join(values)
            bound = ", ".join(f":{name}" for name in values)
            insert = f"INSERT INTO lock_requests ({names}) VALUES ({bound})"
            connection.execute(text(insert), values)
        command.upgrade(config, "0025")
        query = "SELECT reason FROM lock_requests ORDER BY id"
        found = [row.reason for row in connection.execute(text(query))]
    database.close()
    assert found == [LockReason.UNPROBED, "it hung"]


def test_a_grant_that_a_person_has_taken_away_is_releasing_after_the_migration(tmp_path):
    """0047: it was suspect with their name; an overdue lock of a person, kept by nobody, stays."""
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    with database.write("an older version") as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0046")
        kinds = (("stage", "mia"), ("stage", ""), ("person", "mia"))
        for number, (kind, by) in enumerate(kinds, start=1):
            connection.execute(text(OLDER_LOCK), {"n": number, "kind": kind, "asker": ""})
            taken = "UPDATE lock_requests SET state = 'suspect', ended_by = :by WHERE id = :n"
            connection.execute(text(taken), {"n": number, "by": by})
        command.upgrade(config, "0047")
        query = "SELECT state FROM lock_requests ORDER BY id"
        found = [row.state for row in connection.execute(text(query))]
    database.close()
    assert found == ["releasing", "suspect", "suspect"]
