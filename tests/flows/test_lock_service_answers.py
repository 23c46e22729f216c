"""The lock as a service: what a client asks in the wrong way, and the form of every answer, over real HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.calling import Caller, assert_form, served
from tests.flows.harness import REPO, Flow
from tests.flows.lock_clients import FILES, Client, flow, own

__all__ = ["flow", "own"]
COMMANDS = f"/repos/{REPO}/commands"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"owner"}),
        ({"owner": ""}, {"owner"}),
        ({"owner": 7}, {"owner"}),
        ({"owner": "x" * 201}, {"owner"}),
        ({"owner": "x", "ttl": 9}, {"ttl"}),
        ({"owner": "x", "ttl": "9s"}, {"ttl"}),
        ({"owner": "x", "ttl": "31m"}, {"ttl"}),
        ({"owner": "x", "ttl": True}, {"ttl"}),
        ({"owner": "x", "ttl": "soon"}, {"ttl"}),
        ({"owner": "x", "permits": 0}, {"permits"}),
        ({"owner": "x", "permits": 2}, {"permits"}),
        ({"owner": "x", "permits": True}, {"permits"}),
        ({"owner": "x", "permits": "some"}, {"permits"}),
        ({"owner": "x", "join": "17"}, {"join"}),
        ({"owner": "x", "reason": 5}, {"reason"}),
        ({"owner": "x", "tll": 60}, {"tll"}),
        ({"ttl": 1, "permits": -1}, {"owner", "ttl", "permits"}),
        ([], set()),
        ("text", set()),
    ],
)
def test_a_bad_body_is_422_and_names_every_wrong_field(flow: Flow, body: object, fields: set[str]):
    client = Client(flow, "form", "x")
    answer = client.call("POST", f"{client.group}/requests", body)

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert answer.json()["fields"].keys() == fields
    assert client.call.get(client.group)["holders"] == []


@pytest.mark.parametrize("ttl", [10, "10s", "60", 60, "30m"])
def test_a_ttl_is_seconds_or_a_duration(flow: Flow, ttl: object):
    client = Client(flow, "form", "y")
    granted = client.ask(ttl=ttl, permits="all")
    assert granted.status_code == 200
    client.post("release", granted.json()["token"])


def test_where_a_group_is_held_for_less_than_a_minute_that_is_how_long_a_grant_lasts(own: Flow):
    """What is refused when it is asked for is not given to who asks for nothing."""
    client = Client(own, "short", "x")
    own.push({"stagelock.yaml": FILES["stagelock.yaml"] + "  short: {max-hold: 20s}\n"})
    own.settle()
    assert client.ask(ttl=60).status_code == 422
    granted = client.ask().json()
    left = datetime.fromisoformat(granted["expires_at"]) - own.clock()
    assert timedelta() < left <= timedelta(seconds=20)


def test_the_wrong_token_scope_and_address_are_refused(flow: Flow):
    client = Client(flow, "token", "z")
    granted = client.ask().json()
    assert client.post("heartbeat", granted["token"] + 1).status_code == 409
    assert client.post("release", granted["token"] - 1).status_code == 409
    for token, status in (("", 401), ("nobody", 401), ("read-me", 403), ("move-me", 403)):
        other = Client(flow, "token", "z", token=token)
        assert other.ask().status_code == status
        other.where = client.where
        assert other.post("release", granted["token"]).status_code == status
    assert Client(flow, "nothing", "z").ask().status_code == 404
    for bad in ("heartbeat", "release"):
        for body in ({}, {"token": "x"}, {"token": 1, "more": 1}):
            answer = client.call("POST", f"{client.where}/{bad}", body)
            assert (answer.status_code, bool(answer.json()["fields"])) == (422, True)
    client.where = client.where.replace("/token/", "/free/")
    assert client.see().status_code == 404
    for wait in ("61", "-1", "x"):
        assert client.call("GET", f"{client.where}?wait={wait}").status_code == 422


@pytest.mark.parametrize(
    ("method", "below", "allowed"),
    [
        ("POST", "", "GET"),
        ("DELETE", "", "GET"),
        ("GET", "/requests", "POST"),
        ("PUT", "/requests", "POST"),
        ("POST", "/requests/1", "GET"),
        ("GET", "/requests/1/heartbeat", "POST"),
        ("GET", "/requests/1/release", "POST"),
    ],
)
def test_an_address_asked_by_another_method_says_which(
    flow: Flow, method: str, below: str, allowed: str
):
    client = Client(flow, "form", "x")
    answer = client.call(method, client.group + below, {} if method != "GET" else None)
    assert (answer.status_code, answer.json()["error"]) == (405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == {allowed}


def test_a_body_beyond_all_need_is_413(flow: Flow):
    answer = Client(flow, "form", "x").ask(reason="x" * 70_000)
    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")


def test_names_lead_to_the_group_for_a_post_too(flow: Flow):
    caller = Caller(flow, "lock-me")
    for path in (f"/locks/{REPO}/form/requests", f"/locks/{REPO}/form"):
        assert caller("POST", path, {"owner": "n"}).status_code == 308
    answer = caller("POST", f"/locks/{REPO}/form/requests", {"owner": "n"}, follow_redirects=True)
    assert answer.status_code == 200


def test_beyond_the_quota_nobody_is_queued(flow: Flow):
    clients = [Client(flow, "quota", f"q{n}", token="rule-me") for n in range(10)]
    answers = [client.ask().status_code for client in clients]
    assert answers == [200, *[202] * 8, 429]
    refused = clients[9].ask()
    assert refused.json()["error"] == "quota"
    assert clients[8].ask().status_code == 202, "what is asked for already is no new one"


def test_every_answer_about_a_request_has_the_form_of_the_description(flow: Flow):
    client = Client(flow, "free", "form")
    description = client.call.get("/openapi.json")
    base = "/api/v1/locks/{scope}/{group}/requests"
    granted = client.ask()
    assert_form(description, "post", base, granted.json(), 200)
    assert_form(description, "post", base, Client(flow, "free", "2").ask().json(), 202)
    assert_form(description, "get", f"{base}/{{request}}", client.see().json(), 200)
    token = granted.json()["token"]
    for verb in ("heartbeat", "release"):
        answer = client.post(verb, token).json()
        assert_form(description, "post", f"{base}/{{request}}/{verb}", answer, 200)
    assert_form(description, "post", base, client.ask(ttl=1).json(), 422)


def test_who_the_app_does_not_watch_any_more_takes_in_no_new_request(tmp_path: Path):
    """Nobody would ever grant it. Who is there already goes on, and gives back."""
    with served(tmp_path) as flow:
        flow.repo(FILES)
        first, second = Client(flow, "free", "first"), Client(flow, "free", "second", "lock-you")
        token = first.ask().json()["token"]
        flow.world.remove(SLUG, REPO)
        flow.settle()

        refused = second.ask()
        assert (refused.status_code, refused.json()["error"]) == (404, "not-found")
        assert first.ask().json()["token"] == token
        assert first.post("heartbeat", token).json()["state"] == "held"
        assert first.post("release", token).json()["state"] == "released"
        assert first.ask().status_code == 404

        flow.world.install(SLUG, REPO)
        flow.settle()
        assert second.ask().json()["state"] == "held"


def test_what_was_asked_for_is_repeated_as_it_was_though_the_group_is_smaller(tmp_path: Path):
    with served(tmp_path) as flow:
        flow.repo(FILES)
        client = Client(flow, "wide", "first")
        before = client.ask(ttl="25m", permits=2).json()
        smaller = FILES["stagelock.yaml"].replace(
            "wide: {permits: 2, max-hold: 30m}", "wide: {permits: 1, max-hold: 10m}"
        )
        flow.push({"stagelock.yaml": smaller})

        again = client.ask(ttl="25m", permits=2)

        assert (again.status_code, again.json()["token"]) == (200, before["token"])
        assert client.ask(ttl="31m", permits=3).status_code == 422


@pytest.mark.parametrize(
    ("body", "field", "text"),
    [
        ('{"owner": "x", "owner": "y"}', "owner", "2 times"),
        ('{"owner": "x", "ttl": 60, "ttl": 60}', "ttl", "2 times"),
        ('{"owner": "x\\ny"}', "owner", "U+000A as character 2"),
        ('{"owner": "x", "reason": "\\u001b[2J"}', "reason", "U+001B as character 1"),
        ('{"owner": "x", "reason": "a\\u2028b"}', "reason", "U+2028 as character 2"),
        ('{"owner": "x", "re\\tason": ""}', "re\N{REPLACEMENT CHARACTER}ason", "its name has"),
    ],
)
def test_a_field_that_comes_twice_or_breaks_a_line_is_told_with_its_place(
    flow: Flow, body: str, field: str, text: str
):
    client = Client(flow, "form", "x", token="rule-me")
    before = client.call.get(client.group)
    for path in (f"{client.group}/requests", f"{client.group}/requests/1/release", COMMANDS):
        answer = client.call.raw("POST", path, body.encode())

        assert answer.status_code == 422, path
        assert answer.json()["fields"].keys() == {field}
        assert text in answer.json()["fields"][field]
        assert "send " in answer.json()["message"]
    assert client.call.get(client.group) == before
