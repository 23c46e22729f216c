"""`stagelock events`: the audit on the command line."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from app.observe import Metrics
from app.settings import ApiToken, Secret
from app.sql import SqlStore
from app.web.application import create_app
from app.wiring import clock
from tests.stores import sqlite_store

NOW = clock()


@pytest.fixture
def events(tmp_path):
    """The finished process of `stagelock events ...` over a database with three entries."""
    store = sqlite_store(tmp_path)
    store.history.audit(
        None, 7, "aaaaaaaa", NOW - timedelta(days=3), {"kind": "run", "title": "x\ny"}
    )
    entry = {"kind": "command", "user": "ada", "answer": "Not done: `/promote prod`"}
    store.history.audit(None, 7, "bbbbbbbb", NOW - timedelta(minutes=5), entry)
    store.history.audit(None, 8, "cccccccc", NOW, {"kind": "write"})
    store.close()

    def run(*arguments, **environ):
        kept = {name: v for name, v in os.environ.items() if not name.startswith("STAGELOCK_")}
        kept["STAGELOCK_DATABASE_URL"] = f"sqlite:///{tmp_path}/stagelock.db"
        return subprocess.run(
            [sys.executable, "-m", "app", "events", *arguments],
            capture_output=True,
            text=True,
            env={**kept, **environ},
            timeout=60,
            check=False,
        )

    return run


def test_an_id_opens_its_entry(events):
    done = events("BBBBBBBB", "--format", "json")

    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(done.stdout)
    assert (entry["id"], entry["actor"], entry["detail"]["repository_id"]) == ("bbbbbbbb", "ada", 7)


def test_the_newest_stand_last_a_line_each(events):
    lines = events().stdout.splitlines()

    assert [line.split("  ")[1] for line in lines] == ["aaaaaaaa", "bbbbbbbb", "cccccccc"]
    assert "user=ada" in lines[1]


def test_they_may_be_of_one_repository_and_of_late(events):
    lines = events("--repo", "7", "--since", "1h").stdout.splitlines()

    assert [line.split("  ")[1] for line in lines] == ["bbbbbbbb"]


def test_an_id_that_nothing_has_is_the_answer_no(events):
    done = events("dddddddd")

    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no entry dddddddd" in done.stderr


def test_an_audit_without_entries_is_told_so_and_is_fine(events, tmp_path):
    (tmp_path / "empty").mkdir()
    sqlite_store(tmp_path / "empty").close()
    empty = {"STAGELOCK_DATABASE_URL": f"sqlite:///{tmp_path}/empty/stagelock.db"}

    done, filtered = events(**empty), events("--repo", "99")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no entries yet")
    assert (filtered.returncode, filtered.stderr) == (0, "")
    assert "without --repo and --since" in filtered.stdout
    assert json.loads(events("--format", "json", **empty).stdout) == []


def test_a_database_that_does_not_answer_is_named_with_its_place_and_what_to_do(events):
    url = "postgresql://stagelock:hush-hush@127.0.0.1:1/audit"
    done = events(STAGELOCK_DATABASE_URL=url)

    assert done.returncode == 3
    [line] = done.stderr.splitlines()
    assert "no connection to the database audit at 127.0.0.1:1" in line
    assert "is the server up, and are host and port right?" in line
    assert "hush" not in line


@pytest.mark.parametrize(
    "arguments", [["no-id"], ["--since", "soon"], ["--since", "999999d"], ["--limit", "0"]]
)
def test_a_wrong_question_is_a_usage_error(events, arguments):
    done = events(*arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_where_no_database_is_none_is_made(events, tmp_path):
    done = events(STAGELOCK_DATABASE_URL=f"sqlite:///{tmp_path}/other.db")

    assert done.returncode == 3
    assert "STAGELOCK_URL" in done.stderr
    assert not (tmp_path / "other.db").exists()


@pytest.fixture
def server(tmp_path, events):
    """The web application over the same database, served from a thread."""
    store = SqlStore(f"sqlite:///{tmp_path}/stagelock.db")
    tokens = (ApiToken("me", frozenset({"read"}), Secret("the-token")),)
    wsgi = create_app(store=store, secrets=(b"x",), clock=clock, metrics=Metrics(), tokens=tokens)
    server = make_server("127.0.0.1", 0, wsgi, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


def test_a_server_gives_the_same_answer_as_its_database(events, server):
    asked = ("--repo", "7", "--since", "1h", "--format", "json")
    elsewhere = {"STAGELOCK_URL": server, "STAGELOCK_TOKEN": "the-token"}

    assert json.loads(events(*asked, **elsewhere).stdout) == json.loads(events(*asked).stdout)
    assert events("dddddddd", **elsewhere).returncode == 1


def test_a_wrong_token_is_told_and_not_shown(events, server):
    done = events(STAGELOCK_URL=server, STAGELOCK_TOKEN="hush-hush-token")

    assert done.returncode == 3
    assert "STAGELOCK_TOKEN" in done.stderr
    assert "hush" not in done.stderr


def test_a_server_that_does_not_answer_is_our_fault(events):
    done = events(STAGELOCK_URL="http://127.0.0.1:1", STAGELOCK_TOKEN="hush-hush-token")

    assert done.returncode == 3
    assert "no answer from http://127.0.0.1:1" in done.stderr
    assert "hush" not in done.stderr
