"""Whatever GitHub answers, or does not, becomes an answer or one of five errors."""

import logging
import traceback
from dataclasses import replace

import pytest

from app.core.model.facts import RunDraft
from app.errors import Denied, Missing, OutsideError, Rejected, Transient
from app.github import open_forge
from app.observe import Redactor
from app.settings import GitHubSettings, Secret
from tests.adapters.github.scripted import BASE, NOW, REPO, SHA, TOKEN, Reply, pem

DRAFT = RunDraft("stagelock / dev", SHA, "p1", "queued", None, "waits", "why")
PULL = f"{BASE}/pulls/3"
RUNS = f"{BASE}/check-runs"


def failing(call) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        call()
    return caught.value


def test_a_refusal_says_what_we_did_and_which_permission_is_missing(forge, script):
    script.on("POST", RUNS, 403, {"message": "Resource not accessible by integration"})
    error = failing(lambda: forge.create_run(REPO, DRAFT))
    assert isinstance(error, Denied)
    assert error.message == (
        "create check run stagelock / dev on 4f2a91c in acme/shop: 403 Resource not accessible "
        "by integration (the App needs the permission checks: write)"
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected), (401, Denied), (403, Denied), (404, Missing), (410, Missing),
        (405, Missing), (409, Transient), (422, Rejected), (429, Transient), (500, Transient),
        (501, Missing), (502, Transient), (503, Transient), (504, Transient),
    ],
)  # fmt: skip
def test_each_status_is_one_error(forge, script, status, kind):
    script.on("GET", PULL, status, {"message": "no"})
    assert type(failing(lambda: forge.pull(REPO, 3))) is kind


@pytest.mark.parametrize("status", [405, 422])
def test_a_refused_write_is_rejected_with_the_reason(forge, script, status):
    errors = [{"resource": "Issue", "code": "missing", "field": "title"}, "plain", {"message": "m"}]
    script.on("PATCH", PULL, status, {"message": "Validation Failed", "errors": errors})
    error = failing(lambda: forge.close_pull(REPO, 3))
    assert isinstance(error, Rejected)
    assert error.message.endswith("Validation Failed: Issue title missing; plain; m")


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait"),
    [
        (403, "You have exceeded a secondary rate limit", {"retry-after": "17"}, 17),
        (429, "", {"retry-after": "17"}, 17),
        (429, "", {}, 60),
        (403, "You have exceeded a secondary rate limit", {}, 60),
        (403, "", {"retry-after": "Sun, 01 Mar 2026 12:00:10 GMT"}, 60),
        (403, "API rate limit exceeded",
         {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        (403, "x", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999"}, 3600),
    ],
)  # fmt: skip
def test_rate_limits_are_waited_out_by_the_caller(forge, script, status, message, headers, wait):
    script.on("POST", RUNS, status, {"message": message}, headers=headers)
    error = failing(lambda: forge.create_run(REPO, DRAFT))
    assert isinstance(error, Transient)
    assert error.retry_after == wait
    assert not error.maybe_done
    assert len(script.calls("POST", RUNS)) == 1


def test_a_missing_permission_is_no_rate_limit_however_little_is_left(forge, script):
    said = {"message": "Resource not accessible by integration"}
    script.on("GET", PULL, 403, said, headers={"x-ratelimit-remaining": "0"})
    assert isinstance(failing(lambda: forge.pull(REPO, 3)), Denied)


def test_a_bad_gateway_leaves_open_whether_the_write_happened_and_is_not_repeated(forge, script):
    script.on("POST", RUNS, 502, raw=b"<html>oops canary</html>")
    error = failing(lambda: forge.create_run(REPO, DRAFT))
    assert isinstance(error, Transient)
    assert error.maybe_done
    assert "canary" not in error.message
    assert len(script.calls("POST", RUNS)) == 1


def test_a_lost_answer_leaves_open_whether_the_write_happened(forge, script):
    script.on("POST", RUNS, hang_up=True)
    script.on("GET", PULL, hang_up=True)
    lost, read = (
        failing(lambda: forge.create_run(REPO, DRAFT)),
        failing(lambda: forge.pull(REPO, 3)),
    )
    assert isinstance(lost, Transient)
    assert lost.maybe_done
    assert isinstance(read, Transient)
    assert not read.maybe_done


def test_nobody_listening_means_nothing_was_done(script, purse):
    settings = GitHubSettings(7, Secret(pem()), (), "", "http://127.0.0.1:1/api/v3", None)
    forge = open_forge(settings, clock=lambda: NOW, budget=purse, redactor=Redactor())
    error = failing(lambda: forge.redeliver(1))
    forge.close()
    assert isinstance(error, Transient)
    assert not error.maybe_done


def test_an_answer_that_is_no_json_is_transient(forge, script):
    for raw in (b"<html>captive portal</html>", b"[" * 200_000):
        script.on("GET", PULL, raw=raw)
        assert isinstance(failing(lambda: forge.pull(REPO, 3)), Transient)


def test_a_refusal_of_lists_in_lists_is_a_refusal(forge, script):
    script.on("GET", PULL, 422, raw=b"[" * 200_000)
    assert isinstance(failing(lambda: forge.pull(REPO, 3)), Rejected)


def test_an_odd_answer_is_read_without_a_crash(forge, script):
    script.on("GET", PULL, data=["not", "an", "object"])
    script.on("GET", f"{PULL}/reviews", data=[None, 7, {"user": None, "state": None}])
    assert forge.pull(REPO, 3).number == 0
    assert [review.user for review in forge.reviews(REPO, 3)] == [""]


def test_a_suspended_installation_is_told_as_such(forge, script):
    said = {"message": "This installation has been suspended"}
    script.again("POST", script.token_path, Reply(403, said))
    error = failing(lambda: forge.pull(REPO, 3))
    assert isinstance(error, Denied)
    assert "unsuspend" in error.message


def test_a_removed_installation_is_told_as_such(forge, script):
    script.again("POST", script.token_path, Reply(404, {"message": "Not Found"}))
    error = failing(lambda: forge.git_token(REPO))
    assert isinstance(error, Denied)
    assert "not installed there any more" in error.message


def test_a_refused_token_is_replaced_once(forge, script):
    script.on("POST", RUNS, 401, {"message": "Bad credentials"})
    script.on("POST", RUNS, 201, {"id": 5})
    assert forge.create_run(REPO, DRAFT) == 5
    assert len(script.calls("POST", script.token_path)) == 2


def test_a_renamed_repository_is_followed_with_method_and_body(forge, script):
    there = "/repositories/42/check-runs"
    location = f"{script.url}/api/v3{there}"
    script.on("POST", RUNS, 307, {"message": "Moved"}, headers={"location": location})
    script.on("POST", there, 201, {"id": 6})
    assert forge.create_run(REPO, DRAFT) == 6
    assert script.calls("POST", there)[0].body["name"] == "stagelock / dev"
    script.on("GET", PULL, 301, headers={"location": "/api/v3/repositories/42/pulls/3"})
    script.on("GET", "/repositories/42/pulls/3", data={"number": 3})
    assert forge.pull(REPO, 3).number == 3


def test_a_redirect_to_another_server_is_not_followed(forge, script):
    """The token would go there."""
    elsewhere = script.url.replace("127.0.0.1", "localhost")
    script.on("GET", PULL, 301, headers={"location": f"{elsewhere}/api/v3{PULL}"})
    assert isinstance(failing(lambda: forge.pull(REPO, 3)), Rejected)
    assert len(script.calls("GET", PULL)) == 1


def test_a_circle_of_redirects_ends(forge, script):
    script.on("GET", PULL, 301, headers={"location": f"/api/v3{PULL}"})
    assert isinstance(failing(lambda: forge.pull(REPO, 3)), Rejected)


def test_an_unchanged_answer_is_not_sent_again(forge, script):
    script.on("GET", PULL, data={"number": 3}, headers={"etag": '"a"'})
    script.on("GET", PULL, 304, headers={"etag": '"a"'})
    script.on("GET", PULL, data={"number": 4}, headers={"etag": '"b"'})
    assert [forge.pull(REPO, 3).number for _ in range(3)] == [3, 3, 4]
    assert [call.headers.get("if-none-match") for call in script.calls("GET", PULL)] == [
        None, '"a"', '"a"',
    ]  # fmt: skip


def test_lists_are_read_to_the_end_by_the_link_header(forge, script):
    """The addresses in it may name a host that we cannot reach: only their parameters count."""
    path = f"{BASE}/pulls"
    link = '<http://inside:1/x?state=open&page=2&per_page=100>; rel="next"'
    script.on("GET", path, data=[{"number": 1}], headers={"link": link})
    script.on("GET", path, data=[{"number": 2}], headers={"link": '<http://x?page=1>; rel="prev"'})
    assert [pull.number for pull in forge.open_pulls(REPO)] == [1, 2]
    assert [call.query["page"] for call in script.calls("GET", path)[1:]] == ["2"]


def test_lists_are_read_to_the_end_without_a_link_header(forge, script):
    path = f"{BASE}/pulls"
    script.on("GET", path, data=[{"number": n} for n in range(100)])
    script.on("GET", path, data=[{"number": 100}])
    assert len(forge.open_pulls(REPO)) == 101


def test_a_server_that_ignores_pages_does_not_hold_us_for_ever(forge, script):
    script.on("GET", f"{BASE}/pulls", data=[{"number": n} for n in range(100)])
    assert len(forge.open_pulls(REPO)) == 100


def test_only_what_creates_content_is_counted_and_waits_for_the_budget(forge, script, purse):
    script.on("POST", RUNS, 201, {"id": 5})
    script.on("PATCH", f"{RUNS}/5", data={})
    purse.left = 1
    forge.create_run(REPO, DRAFT)
    error = failing(lambda: forge.create_run(REPO, DRAFT))
    assert isinstance(error, Transient)
    assert (error.retry_after, error.maybe_done) == (21.0, False)
    forge.update_run(REPO, 5, DRAFT)
    assert purse.asked == [9, 9]


def test_the_api_version_is_sent_and_can_be_chosen(forge, script, purse):
    script.on("GET", "/app", data={"slug": "stagelock-acme"})
    settings = GitHubSettings(7, Secret(pem()), (), "", f"{script.url}/api/v3/", "2022-11-28")
    other = open_forge(settings, clock=lambda: NOW, budget=purse, redactor=Redactor())
    assert forge.app_slug() == other.app_slug() == "stagelock-acme"
    other.close()
    versions = [call.headers["x-github-api-version"] for call in script.calls("GET", "/app")]
    assert versions[0] > versions[1] == "2022-11-28"


def test_names_are_quoted_in_paths(forge, script):
    script.on("GET", "/repos/..%2Fadmin/a%3Fb/pulls/3", data={"number": 3})
    assert forge.pull(replace(REPO, owner="../admin", name="a?b"), 3).number == 3


def test_no_secret_is_in_any_error_log_or_repr(forge, script, caplog):
    caplog.set_level(logging.DEBUG)
    script.on("GET", PULL, 422, {"message": f"bad {TOKEN}"})
    script.on("POST", RUNS, hang_up=True)
    secrets = [TOKEN, pem().splitlines()[3]]
    shown = [repr(forge), repr(vars(forge)), repr(vars(forge._client))]
    shown += [
        repr(vars(forge._client._app)),
        repr(forge._client._app.auth.get_auth_flow(forge._client._app)),
    ]
    for call in (lambda: forge.pull(REPO, 3), lambda: forge.create_run(REPO, DRAFT)):
        error = failing(call)
        shown += [repr(error), "".join(traceback.format_exception(error))]
    shown.append(caplog.text)
    for secret in secrets:
        assert not [text for text in shown if secret in text]


def test_a_key_that_cannot_sign_is_told_without_showing_it(script, purse):
    key = "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----\n"
    settings = GitHubSettings(7, Secret(key), (), "", f"{script.url}/api/v3", None)
    forge = open_forge(settings, clock=lambda: NOW, budget=purse, redactor=Redactor())
    error = failing(forge.app_slug)
    forge.close()
    assert isinstance(error, Denied)
    assert "STAGELOCK_PRIVATE_KEY" in error.message
    assert "canary" not in "".join(traceback.format_exception(error))
    assert script.seen == []
