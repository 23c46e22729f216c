"""Commands over HTTP: in one queue with what people say, once, by the token's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import Caller, assert_form, served
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import pipeline

STAGES = "  dev: {path: stages/dev}\n  prod: {needs: [dev], path: stages/prod, auto: false}\n"
LOCKS = "locks:\n  floor: {permits: 1}\n  pair: {permits: 2}\n"
PATH = f"/repos/{REPO}/commands"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with served(tmp_path) as made:
        yield made


def test_a_command_over_http_takes_effect_once_in_its_order(flow: Flow):
    first = flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    bot = Caller(flow, "move-me")
    hold = {"key": "1", "command": "/hold dev until 2h maintenance"}
    answers = [bot("POST", PATH, hold), bot("POST", PATH, {"key": "2", "command": "/resume dev"})]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["state"] == "pending"
    assert bot("POST", PATH, {"key": "3", "command": "/promote prod"}).status_code == 202
    flow.settle()

    told = bot("POST", PATH, hold)
    assert (told.status_code, told.json()["effective"]) == (200, True)
    assert "maintenance" in told.json()["answer"]
    description = bot.get("/openapi.json")
    path = "/api/v1/repos/{owner}/{repo}/commands"
    assert_form(description, "post", path, told.json(), 200)
    assert_form(description, "post", path, answers[0].json(), 202)
    assert flow.records().holds == (), "the resume came after it"
    assert flow.landed("prod", first)
    assert flow.promotions()[-1].started_by == "token:bot"

    flow.settle()
    again = bot("POST", PATH, {"key": "2", "command": "/resume dev"}).json()
    assert again["effective"], "the answer of the first time"
    refused = {"key": "4", "command": "/resume dev"}
    bot("POST", PATH, refused)
    flow.settle()
    assert bot("POST", PATH, refused).json()["effective"] is False

    [entry] = Caller(flow).get(f"/events/{told.json()['event']}")
    assert (entry["actor"], entry["via"], entry["verb"], entry["stage"]) == (
        "bot",
        "api",
        "hold",
        "dev",
    )


def test_what_a_rollback_over_http_rejected_goes_no_further_in_that_look(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    flow.push({"apps/web/a": "1"})
    bot = Caller(flow, "move-me")
    for key, words in enumerate(("/rollback dev", "/promote prod")):
        assert bot("POST", PATH, {"key": str(key), "command": words}).status_code == 202
    flow.settle()

    held = flow.world.tree(REPO, "main", "stages")
    assert {path: data for path, data in held.items() if path.endswith("a")} == {
        "stages/dev/a": b"0",
        "stages/prod/a": b"0",
    }


def test_a_hold_with_an_end_over_http_has_no_reply_that_would_be_kept_open(flow: Flow):
    """rule C54: its answer is read once; nobody is told the end."""
    flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    repo_id = flow.world.repo(REPO).id
    hold = {"key": "1", "command": "/hold dev until 2h maintenance"}
    Caller(flow, "move-me")("POST", PATH, hold)
    flow.settle()

    assert [known.stage for known in flow.records().holds] == ["dev"]
    assert flow.app.store.history.open_commands(repo_id) == ()


def test_what_is_no_command_of_a_token_is_refused(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    bot = Caller(flow, "move-me")
    for body, field in (
        ({"key": "1", "command": "/lock floor mine"}, "command"),
        ({"key": "1", "command": "/hold dev"}, "command"),
        ({"key": "1", "command": "please promote"}, "command"),
        ({"key": "1", "command": "/promote prod\n/resume dev"}, "command"),
        ({"key": "", "command": "/promote prod"}, "key"),
        ({"command": "/promote prod"}, "key"),
        ({"key": "1", "command": "/promote prod", "as": "mia"}, "as"),
    ):
        answer = bot("POST", PATH, body)
        assert (answer.status_code, set(answer.json()["fields"])) == (422, {field}), body
    body = {"key": "1", "command": "/promote prod"}
    assert Caller(flow, "read-me")("POST", PATH, body).status_code == 403
    assert bot("POST", "/repos/acme/other/commands", body).status_code == 404


def test_a_token_of_scope_admin_takes_a_lock_away_and_outdates_its_token(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline(STAGES + LOCKS), "apps/web/a": "0"})
    base = f"/locks/repo-{flow.world.repo(REPO).id}"
    client, root = Caller(flow, "lock-me"), Caller(flow, "rule-me")
    held = client("POST", f"{base}/floor/requests", {"owner": "job"})
    force = {"key": "1", "command": "/unlock floor --force the job is dead"}

    assert root("POST", PATH, force).status_code == 202
    flow.settle()
    told = root("POST", PATH, force).json()
    assert told["effective"]
    assert "taken away from ci" in told["answer"], "the previous holder"
    assert client.get(f"{base}/floor")["holders"] == []
    late = client("POST", f"{held.headers['location']}/heartbeat", {"token": held.json()["token"]})
    assert late.status_code == 409
    [entry] = Caller(flow).get(f"/events/{told['event']}")
    said = ("actor", "via", "verb", "group", "reason")
    told_of = ["root", "api", "unlock", "floor", "the job is dead"]
    assert [entry[key] for key in said] == told_of

    again = client("POST", f"{base}/floor/requests", {"owner": "job"}).json()
    assert again["token"] > held.json()["token"]
    flow.settle()
    assert root("POST", PATH, force).json() == told
    assert len(client.get(f"{base}/floor")["holders"]) == 1, "once"


def test_of_several_grants_the_token_of_one_is_needed(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline(STAGES + LOCKS), "apps/web/a": "0"})
    base = f"/locks/repo-{flow.world.repo(REPO).id}"
    client, root = Caller(flow, "lock-me"), Caller(flow, "rule-me")
    pair = [client("POST", f"{base}/pair/requests", {"owner": n}).json()["token"] for n in "ab"]
    which = {"key": "2", "command": "/unlock pair --force why"}
    root("POST", PATH, which)
    flow.settle()
    refused = root("POST", PATH, which).json()
    assert refused["effective"] is False
    for token in pair:
        assert f"/unlock pair#{token} --force why" in refused["answer"]
    root("POST", PATH, {"key": "3", "command": f"/unlock pair#{pair[0]} --force why"})
    flow.settle()
    assert [h["token"] for h in client.get(f"{base}/pair")["holders"]] == [pair[1]]


def test_who_may_not_take_a_lock_away_is_told_who_may(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    force = {"key": "1", "command": "/unlock floor --force why"}
    answer = Caller(flow, "move-me")("POST", PATH, force)
    assert answer.status_code == 403
    assert "scope admin" in answer.json()["message"]
    assert "maintain" in answer.json()["message"]
    plain = {"key": "1", "command": "/unlock floor"}
    assert Caller(flow, "rule-me")("POST", PATH, plain).status_code == 422


@pytest.mark.parametrize("typed", ["/approve prod", "/unapprove prod"])
def test_an_approval_is_refused_to_tokens_with_what_a_person_types(flow: Flow, typed: str):
    flow.repo({"stagelock.yaml": pipeline(STAGES), "apps/web/a": "0"})
    answer = Caller(flow, "rule-me")("POST", PATH, {"key": "1", "command": typed})
    assert answer.status_code == 403
    assert "a token cannot approve, only a person can" in answer.json()["message"]
    assert f"comments {typed} in {REPO} on GitHub" in answer.json()["message"]
