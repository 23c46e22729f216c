"""A look finds what it asks for by index, on every database: nothing reads all of a past."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event, insert, text

from app.core.model.lock_requests import LockRequest
from app.core.model.names import PromotionId, StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.records import Freight
from app.core.model.run_records import RunRecord
from app.sql.database.engine import Database
from app.sql.database.rows import to_row
from app.sql.schema.line_tables import line_commits, line_fires, line_mints, lines
from app.sql.schema.lock_tables import lock_requests
from app.sql.schema.tables import freights, promotions, runs, stages
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT, freight, promotion, sha

BIG = ("promotions", "freights", "runs", "lock_requests", "line_commits", "line_mints")
"""What grows with a repository's past."""
MANY = 3000
LITTLE = 500
"""Rows of one table that one statement may read: a page of older promotions has 200."""
REPOS = 3
STAGES = ("dev", "e2e", "prod")


def filled(url):
    """Three repositories with a past, of which nothing is under way."""
    database = Database(url)

    def put(table, rows):
        left = iter(rows)
        with database.write("fill") as connection:
            while part := list(itertools.islice(left, 500)):
                connection.execute(insert(table), part)

    for repo in range(7, 7 + REPOS):
        key = {"repo_id": repo, "branch": "main"}
        put(promotions, promotions_of(repo))
        put(stages, ({"repo_id": repo, "stage": stage} for stage in STAGES))
        put(freights, freights_of(repo))
        put(lock_requests, requests_of(repo))
        put(runs, runs_of(repo))
        put(line_commits, ({**key, "place": n, "sha": sha(n)} for n in range(MANY)))
        for table in (line_fires, line_mints):
            put(table, ({**key, "warehouse": "web", "place": n} for n in range(MANY)))
        put(lines, [{**key, "version": 1}])
    with database.write("learn how much there is") as connection:
        connection.execute(text("ANALYZE"))
    database.close()


def requests_of(repo):
    for n in range(0, MANY, 3):
        yield {
            **to_row(
                LockRequest(
                    0,
                    repo,
                    "acme/web",
                    StageName("dev"),
                    PromotionId(f"p{n}"),
                    freight(n),
                    (),
                    repo * MANY + n,
                    "released",
                    AT,
                    ended_at=AT,
                ),
                "id",
                "groups",
                "tokens",
            )
        }


def promotions_of(repo):
    for n in range(MANY):
        row = promotion(f"p{n}", stage=STAGES[n % 3], state="verified", landed=sha(n), ended_at=AT)
        row = replace(row, freight=freight(n), head=sha(n) if n % 5 == 0 else None, pull=n)
        yield {"repo_id": repo, **to_row(row, "number"), "mark": f"{n:016x}"}


def freights_of(repo):
    for n in range(MANY):
        name = freight(n)
        row = to_row(Freight(name, AT))
        yield {"repo_id": repo, **row, "warehouse": name.warehouse, "sha": name.sha}


def runs_of(repo):
    for n in range(MANY):
        name = f"stagelock / {STAGES[n % 3]}"
        run = RunRecord(name, sha(n), 1, "", n, "completed", "a.b", AT, AT)
        yield {"repo_id": repo, **to_row(run)}


class Told:
    """What was sent to the database, as its driver had it."""

    def __init__(self):
        self.statements = []

    def listen(self, connection, _record, _proxy):
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = self.recording()
        else:
            connection.set_trace_callback(lambda sql: self.statements.append((sql, None)))

    def recording(self):
        told = self.statements

        class Recording(psycopg.Cursor):
            def execute(self, query, params=None, **more):
                told.append((query, params))
                return super().execute(query, params, **more)

        return Recording


@pytest.fixture
def asked(url):
    """A store over a long past, and what it sends."""
    filled(url)
    told, store = Told(), SqlStore(url)
    event.listen(store.database.engine, "checkout", told.listen)
    yield store, told
    store.close()


def look(store):
    """Everything that a look, or a command, asks about what is past."""
    history = store.history
    history.load(7)
    history.open_commands(7)
    for question in (
        PastQuestion(StageName("dev"), freight=freight(5)),
        PastQuestion(StageName("dev"), head=sha(5)),
        PastQuestion(StageName("dev"), content=(("dev", "x"),)),
        PastQuestion(StageName("dev"), landed=sha(5)),
        PastQuestion(StageName("dev"), since=AT + timedelta(days=1)),
        PastQuestion(StageName("dev"), before=900),
    ):
        history.past(7, question)
    history.named(7, "web", sha(5)[:39])
    history.runs_on(7, [sha(5), sha(6)])
    history.runs_of(7, "stagelock / dev", sha(6))
    history.landed_as(7, [sha(5), sha(6)])
    history.of_pull(7, 5)
    store.lines.version(7, "main")
    store.lines.heard(7)
    store.lines.minted(7, "main", "web", MANY - 100, 20)
    store.checks.recall(7, [sha(5)])


def read(connection, statement, params):
    """(big table, how many rows are read of it; None: all) for each part of how it is answered."""
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"):
            found = re.match(r"SCAN (\w+)", row[3])
            if found and found[1] in BIG and " USING " not in row[3]:
                yield found[1], None
        return
    cursor = connection.connection.cursor()
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)
    [(found,)] = cursor.fetchall()
    nodes = [found[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        gone = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        if node.get("Relation Name") in BIG:
            rows = (node["Actual Rows"] + gone) * node["Actual Loops"]
            yield node["Relation Name"], None if node["Node Type"] == "Seq Scan" else rows


def test_a_look_reads_little_and_by_index_whatever_lies_behind(asked):
    store, told = asked
    look(store)
    sent = [one for one in told.statements if one[0].lstrip().upper().startswith("SELECT")]
    assert len(sent) >= 25

    with store.database.engine.connect() as connection:
        for statement, params in sent:
            for table, rows in read(connection, statement, params):
                assert rows is not None, (table, statement)
                assert rows <= LITTLE, (table, rows, statement)


def test_this_test_sees_what_is_read_whole(asked):
    store, _ = asked
    with store.database.engine.connect() as connection:
        found = list(read(connection, "SELECT * FROM runs WHERE status = 'completed'", None))
    assert found
    assert all(rows is None or rows > LITTLE for _, rows in found)
