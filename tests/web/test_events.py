import json
from datetime import UTC, datetime

import pytest

from app.settings import ApiToken, Secret

AT = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
READER = {"Authorization": "Bearer reader-token"}
TOKENS = (
    ApiToken("dash", frozenset({"read"}), Secret("reader-token")),
    ApiToken("ci", frozenset({"lock"}), Secret("locker-token")),
)
PATHS = ["/events/aaaaaaaa", "/api/v1/events/aaaaaaaa", "/api/v1/events"]


@pytest.fixture
def audited(serve, store):
    client = serve(store, tokens=TOKENS)
    entry = {
        "kind": "command",
        "user": "mallory",
        "command": "<script>alert(1)</script>",
        "pull": 3,
    }
    store.history.audit(None, 7, "aaaaaaaa", AT, entry)
    store.history.audit(None, 8, "bbbbbbbb", AT, {"kind": "run"})
    return client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic cmVhZGVyLXRva2VuOg=="},
        {"Authorization": "Bearer r\xe9ader-token"},
        {"Cookie": "token=reader-token"},
    ],
)
def test_nobody_reads_the_audit_without_a_token(audited, path, headers):
    status, answered, body = audited.request("GET", path, headers=headers)

    assert status == 401
    assert answered["WWW-Authenticate"].startswith("Bearer")
    assert b"mallory" not in body


@pytest.mark.parametrize("path", PATHS)
def test_a_token_for_other_things_does_not_open_it(audited, path):
    status, _, body = audited.request("GET", path, headers={"Authorization": "Bearer locker-token"})

    assert status == 403
    assert b"read" in body
    assert b"mallory" not in body


def test_without_tokens_in_the_settings_nobody_gets_in(serve, store):
    client = serve(store)

    assert client.request("GET", PATHS[1], headers=READER)[0] == 401


def test_a_program_reads_an_entry(audited):
    status, headers, body = audited.request("GET", PATHS[1], headers=READER)

    assert (status, headers["Content-Type"]) == (200, "application/json")
    (entry,) = json.loads(body)
    fixed = "id at repository actor via verb stage freight group outcome reason detail"
    assert " ".join(entry) == " ".join(sorted(fixed.split()))
    assert (entry["id"], entry["at"]) == ("aaaaaaaa", "2026-03-02T14:02:00.000Z")
    assert (entry["actor"], entry["via"], entry["repository"]) == ("mallory", "comment", None)
    assert (entry["detail"]["repository_id"], entry["detail"]["pull"]) == (7, 3)


def test_a_person_reads_a_page_and_foreign_text_is_only_text(audited):
    headers = {**READER, "Accept": "text/html"}
    status, answered, body = audited.request("GET", PATHS[0], headers=headers)

    assert status == 200
    assert answered["Content-Type"].startswith("text/html")
    assert b"mallory" in body
    assert b"<script>" not in body


def test_whoever_comes_from_a_check_run_is_told_how_to_read_on(audited):
    status, _, body = audited.request("GET", PATHS[0], headers={"Accept": "text/html"})

    assert status == 401
    assert b"stagelock events aaaaaaaa" in body


@pytest.mark.parametrize("event", ["cccccccc", "AAAAAAAA", "a' OR 1=1", "%00", "x" * 500])
def test_what_is_not_there_is_not_found(audited, event):
    path = f"/api/v1/events/{event}".replace(" ", "%20")

    assert audited.request("GET", path, headers=READER)[0] == 404


def test_the_newest_may_be_asked_for_by_repository_time_and_number(audited):
    def events(query):
        status, _, body = audited.request("GET", f"/api/v1/events?{query}", headers=READER)
        assert status == 200
        return [entry["id"] for entry in json.loads(body)]

    assert events("") == ["bbbbbbbb", "aaaaaaaa"]
    assert events("limit=1") == ["bbbbbbbb"]
    assert events("repo=7") == ["aaaaaaaa"]
    assert events("since=2026-03-02T14:03:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=9999",
        "since=now",
        "since=2026-03-02",
        "since=0001-01-01T00:00:00%2B14:00",
        "since=9999-12-31T23:59:59-14:00",
        "repo=99999999999999999999",
    ],
)
def test_a_wrong_question_is_answered_with_what_is_right(audited, query):
    status, _, body = audited.request("GET", f"/api/v1/events?{query}", headers=READER)

    assert status == 422
    assert json.loads(body)["fields"].keys() == {query.split("=")[0]}
