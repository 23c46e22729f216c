import pytest

from app.observe import Metrics
from app.sql import SqlStore
from app.web.application import create_app
from tests.web.conftest import NOW


def test_the_process_tells_that_it_lives(github):
    assert github.get("/healthz")[0] == 200


def test_it_is_ready_when_the_database_is(github):
    assert github.get("/readyz")[0] == 200


def test_it_says_why_it_is_not_ready(github, tmp_path):
    github.store.close()
    for file in tmp_path.glob("stagelock.db*"):
        file.unlink()

    status, _, body = github.get("/readyz")

    assert status == 503
    assert b"database" in body
    assert github.get("/healthz")[0] == 200


def test_metrics_carry_numbers_and_no_names(github):
    github.deliver({"repository": {"id": 7, "full_name": "acme/shop"}, "installation": {"id": 3}})

    status, headers, body = github.get("/metrics")

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert b'stagelock_deliveries_total{event="push",outcome="accepted"} 1.0' in body
    assert b"acme" not in body


def test_metrics_tell_apart_what_was_new_known_refused_and_not_ours(github):
    push = {"repository": {"id": 7}, "installation": {"id": 3}}
    github.deliver(push)
    github.deliver(push)
    github.deliver(push, "star", "guid-2")
    github.deliver(push, guid="guid-3", secret=b"wrong")

    body = github.get("/metrics")[2].decode()

    for event, outcome in (
        ("push", "accepted"),
        ("push", "duplicate"),
        ("other", "ignored"),
        ("other", "refused"),
    ):
        assert f'stagelock_deliveries_total{{event="{event}",outcome="{outcome}"}} 1.0' in body


def test_metrics_are_there_while_the_database_is_away(serve, tmp_path):
    """That is when they are looked at."""
    github = serve(SqlStore(f"sqlite:///{tmp_path}"))  # a folder is no database
    github.deliver({"repository": {"id": 7}, "installation": {"id": 3}})

    status, _, body = github.get("/metrics")

    assert status == 200
    assert b"stagelock_store_up 0.0" in body
    assert b'stagelock_deliveries_total{event="push",outcome="unstored"} 1.0' in body


def test_an_unknown_event_gives_no_new_series(github):
    """Whoever holds the secret could otherwise fill our memory with labels."""
    github.deliver({}, "made-up-by-somebody")

    assert b"made-up" not in github.get("/metrics")[2]


def test_the_front_page_says_what_this_is_and_shows_no_data(github):
    status, headers, body = github.get("/")

    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert b"stagelock.yaml" in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/nowhere"])
def test_every_answer_forbids_framing_scripts_and_guessing(github, path):
    _, headers, _ = github.get(path)

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_without_a_secret_it_does_not_start(store):
    with pytest.raises(ValueError, match="secret"):
        create_app(store=store, secrets=(b"",), clock=lambda: NOW, metrics=Metrics())


def test_what_is_not_there_is_a_page_for_a_browser_and_json_for_a_program(github):
    browser, program = (
        github.request("GET", "/nowhere", headers={"Accept": accept})
        for accept in ("text/html,*/*;q=0.8", "*/*")
    )

    assert (browser[0], program[0]) == (404, 404)
    assert b"<h1>There is no such page</h1>" in browser[2]
    assert "style-src 'self'" in browser[1]["Content-Security-Policy"]
    assert program[2].startswith(b'{"error":')
