import hashlib
import hmac
from datetime import timedelta
from urllib.parse import quote_plus

import pytest

from app.sql import SqlStore
from tests.web.conftest import APP_ID, NOW, sign

PUSH = {"repository": {"id": 7}, "installation": {"id": 3}, "ref": "refs/heads/main"}
INSTALLED = {"action": "created", "installation": {"id": 3}, "repositories": []}


def stored(github):
    return [*github.store.inbox.pending(7, None), *github.store.inbox.pending(None, 3)]


def claimed(github):
    found = github.store.work.claim("test", timedelta(seconds=30))
    return found and found.key


def test_a_delivery_is_stored_as_it_came_and_its_repository_is_due(github):
    status, answer = github.deliver(PUSH)

    assert (status, answer) == (202, {"recorded": True})
    (delivery,) = github.store.inbox.pending(7, None)
    assert (delivery.guid, delivery.event, delivery.repo_id) == ("guid-1", "push", 7)
    assert (delivery.installation_id, delivery.received_at) == (3, NOW)
    assert claimed(github) == "repo-7"


def test_a_redelivery_is_answered_like_the_first_and_stored_once(github):
    github.deliver(PUSH)

    assert github.deliver(PUSH) == (202, {"recorded": False})
    assert len(stored(github)) == 1


def test_an_installation_event_makes_the_installation_due(github):
    status, _ = github.deliver(INSTALLED, "installation")

    assert status == 202
    assert claimed(github) == "installation-3"
    assert len(github.store.inbox.pending(None, 3)) == 1


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=" + "0" * 64,
        "sha256=" + "0" * 63,
        sign(b"something else"),
        "sha256=",
        "sha1=" + "0" * 40,
    ],
)
def test_a_forged_or_unsigned_delivery_changes_nothing(github, signature):
    status, _ = github.deliver(PUSH, X_Hub_Signature_256=signature)

    assert status == 401
    assert stored(github) == []
    assert claimed(github) is None


def test_the_old_signature_is_worth_nothing(github):
    """SHA-1 signatures still come along; whoever could forge them must not get in by them."""
    body = b'{"repository": {"id": 7}}'
    old = "sha1=" + hmac.new(b"a webhook secret", body, hashlib.sha1).hexdigest()

    status, _ = github.deliver(body, X_Hub_Signature_256=None, X_Hub_Signature=old)

    assert status == 401


def test_an_upper_case_signature_is_not_githubs(github):
    body = b'{"repository": {"id": 7}}'

    status, _ = github.deliver(body, X_Hub_Signature_256=sign(body).upper())

    assert status == 401


def test_during_a_rotation_both_secrets_hold(serve, store):
    github = serve(store, secrets=(b"new", b"old"))

    assert github.deliver(PUSH, guid="1", secret=b"new")[0] == 202
    assert github.deliver(PUSH, guid="2", secret=b"old")[0] == 202
    assert github.deliver(PUSH, guid="3", secret=b"")[0] == 401


@pytest.mark.parametrize("header", ["X_GitHub_Event", "X_GitHub_Delivery"])
@pytest.mark.parametrize("value", [None, "", "x" * 201])
def test_a_delivery_without_its_headers_is_refused(github, header, value):
    status, answer = github.deliver(PUSH, **{header: value})

    assert status == 400
    assert "X-GitHub-" in answer["error"]
    assert stored(github) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 200_000]
)
def test_a_malformed_body_is_refused(github, body):
    status, answer = github.deliver(body)

    assert status == 400
    assert "JSON" in answer["error"]


def test_an_oversized_body_is_refused(github):
    status, _ = github.deliver(b"x" * (26 * 1024 * 1024 + 1))

    assert status == 413


def test_a_form_with_a_payload_is_read_like_json(github):
    """An operator may have left the webhook's content type at GitHub's default."""
    body = b"payload=" + quote_plus('{"repository": {"id": 7}}').encode()

    status, _ = github.deliver(body, Content_Type="application/x-www-form-urlencoded")

    assert status == 202
    (delivery,) = github.store.inbox.pending(7, None)
    assert delivery.body == b'{"repository": {"id": 7}}'


def test_a_form_without_a_payload_is_refused(github):
    status, answer = github.deliver(b"a=1", Content_Type="application/x-www-form-urlencoded")

    assert (status, "payload" in answer["error"]) == (400, True)


def test_another_content_type_is_refused(github):
    assert github.deliver(PUSH, Content_Type="text/plain")[0] == 415


def test_a_ping_is_answered_and_leaves_nothing(github):
    assert github.deliver({"zen": "Design for failure.", "hook_id": 1}, "ping") == (
        200,
        {"pong": True},
    )
    assert claimed(github) is None


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("star", {**PUSH, "action": "created"}),
        ("issue_comment", {**PUSH, "action": "deleted"}),
        ("push", {"repository": {"id": "7"}}),
        ("push", {"repository": {"id": True}}),
        ("push", {"repository": {"id": 2**80}}),
        ("push", {"repository": None}),
        ("push", {}),
    ],
)
def test_what_we_do_not_know_is_recorded_and_ignored(github, event, payload):
    assert github.deliver(payload, event) == (202, {"recorded": True})
    assert claimed(github) is None
    assert stored(github) == []  # nobody is to come for it
    assert github.deliver(payload, event) == (202, {"recorded": False})


def test_a_store_that_is_away_is_githubs_to_see(github, tmp_path):
    """503 makes GitHub list the delivery as failed, and the sweep asks for it again."""
    for file in tmp_path.glob("stagelock.db*"):
        file.unlink()
    github.store.close()

    status, answer = github.deliver(PUSH)

    assert status == 503
    assert "again" in answer["error"]


def test_only_post_is_for_the_webhook(github):
    assert github.get("/github/webhook")[0] == 405


@pytest.mark.postgres
def test_postgresql_stores_deliveries_as_sqlite_does(serve, migrated_postgres):
    store = SqlStore(migrated_postgres())
    github = serve(store)

    assert github.deliver(PUSH) == (202, {"recorded": True})
    assert github.deliver(PUSH) == (202, {"recorded": False})
    assert [one.guid for one in stored(github)] == ["guid-1"]
    assert claimed(github) == "repo-7"
    store.close()


def _run(app_id, **told):
    return {"check_run": {"app": {"id": app_id}, **told}}


OURS = [
    ("check_run", "created", _run(APP_ID, conclusion=None)),
    ("check_run", "completed", _run(APP_ID, conclusion="success")),
    ("check_suite", "completed", {"check_suite": {"app": {"id": APP_ID}, "conclusion": "neutral"}}),
    ("issue_comment", "created", {"comment": {"performed_via_github_app": {"id": APP_ID}}}),
    ("commit_comment", "created", {"comment": {"performed_via_github_app": {"id": APP_ID}}}),
]
NEWS = [
    ("check_run", "created", _run(APP_ID + 1, conclusion=None)),
    ("check_run", "created", _run(str(APP_ID), conclusion=None)),
    ("check_run", "completed", _run(APP_ID, conclusion="stale")),
    ("check_run", "requested_action", _run(APP_ID, conclusion=None)),
    ("check_run", "rerequested", _run(APP_ID, conclusion="failure")),
    ("check_suite", "rerequested", {"check_suite": {"app": {"id": APP_ID}}}),
    ("issue_comment", "created", {"comment": {"performed_via_github_app": None}}),
    ("issue_comment", "created", {"comment": {"performed_via_github_app": {"id": APP_ID + 1}}}),
    ("pull_request", "closed", _run(APP_ID, conclusion="success")),
]


@pytest.mark.parametrize(("event", "action", "told"), OURS)
def test_what_we_did_ourselves_is_recorded_and_makes_nothing_due(github, event, action, told):
    """Each look that writes would be followed by another one, for nothing."""
    answered = github.deliver({**PUSH, "action": action, **told}, event)

    assert answered == (202, {"recorded": True})
    assert claimed(github) is None
    assert stored(github) == []


@pytest.mark.parametrize(("event", "action", "told"), NEWS)
def test_what_others_did_or_ask_for_at_our_runs_makes_the_repository_due(
    github, event, action, told
):
    github.deliver({**PUSH, "action": action, **told}, event)

    assert claimed(github) == "repo-7"
