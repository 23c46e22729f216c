"""The HTTP API, asked in the wrong way: without a token, for what is not there, in words that it does not take."""

from __future__ import annotations

import pytest

from tests.flows.calling import Caller
from tests.flows.harness import REPO, Flow
from tests.flows.reading import path_of, still

__all__ = ["still"]

READING = (
    "/locks",
    "/locks/repo-{id}/floor",
    "/locks/acme/shop/floor",
    f"/repos/{REPO}/pipeline",
    f"/repos/{REPO}/freight",
    f"/repos/{REPO}/promotions",
    f"/repos/{REPO}/stages/two/why",
    "/events",
)


def test_names_lead_to_ids_once_the_token_was_found_good(still: Flow):
    number = still.world.repo(REPO).id
    for token, status in (("read-me", 308), ("", 401), ("wrong", 401), ("move-me", 403)):
        answer = Caller(still, token)("GET", f"/locks/{REPO}/floor?x=1")
        assert answer.status_code == status
        assert ("location" in answer.headers) == (status == 308)

    answer = Caller(still)("GET", "/locks/ACME/Shop/floor?x=1")
    assert answer.headers["location"].endswith(f"/api/v1/locks/repo-{number}/floor?x=1")
    follow = Caller(still)("GET", f"/locks/{REPO}/floor", follow_redirects=True)
    assert follow.json()["scope"] == f"repo-{number}"
    assert Caller(still)("GET", "/locks/acme/nothing/floor").status_code == 404


def test_an_organisation_leads_to_its_id(still: Flow):
    number = still.world.hub.user("acme").id
    answer = Caller(still)("GET", "/locks/ACME/floor")

    assert answer.status_code == 308
    assert answer.headers["location"].endswith(f"/api/v1/locks/org-{number}/floor")
    assert Caller(still)("GET", f"/locks/org-{number}/floor").status_code == 404
    assert Caller(still)("GET", "/locks/nobody/floor").status_code == 404


@pytest.mark.parametrize("path", READING)
def test_nothing_is_read_without_a_token_of_the_scope(still: Flow, path: str):
    for token, status, code in (
        ("", 401, "unauthorized"),
        ("Read-me", 401, "unauthorized"),
        ("move-me", 403, "forbidden"),
    ):
        answer = Caller(still, token)("GET", path_of(still, path))
        assert answer.status_code == status
        said = answer.json()
        assert said.keys() == {"error", "message", "fields"}
        assert (said["error"], said["fields"]) == (code, {})
        assert said["message"]
        assert "acme" not in answer.text
        assert token not in answer.text or not token


@pytest.mark.parametrize(
    "path",
    [
        "/locks/repo-{id}/nothing",
        "/locks/repo-999999/floor",
        "/locks/repo-{id}/FLOOR",
        "/locks/repo-99999999999999999999/floor",
        "/repos/acme/nothing/pipeline",
        f"/repos/{REPO}/stages/nothing/why",
        f"/repos/{REPO}/stages/two/why?freight=0000000",
        "/locks/repo-{id}/a%00b",
        "/locks/acme/a%00b/floor",
        "/repos/acme/a%00b/pipeline",
        "/events/aaaaaaaa",
        "/events/a%00b",
        "/nothing",
    ],
)
def test_what_is_not_there_is_404(still: Flow, path: str):
    answer = Caller(still)("GET", path_of(still, path))

    assert answer.status_code == 404
    assert answer.json()["error"] == "not-found"
    assert answer.json()["fields"] == {}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"/repos/{REPO}/freight?limit=0", "limit"),
        (f"/repos/{REPO}/freight?limit=many", "limit"),
        (f"/repos/{REPO}/promotions?before=x", "before"),
        (f"/repos/{REPO}/promotions?before=99999999999999999999", "before"),
        (f"/repos/{REPO}/stages/two/why?freight=xyz", "freight"),
        (f"/repos/{REPO}/freight?warehouse=a%00b", "warehouse"),
        (f"/repos/{REPO}/promotions?stage=a%00b", "stage"),
        ("/events?repo=a%00/b", "repo"),
        ("/events?since=yesterday", "since"),
        ("/events?limit=100000", "limit"),
    ],
)
def test_a_wrong_question_is_422_and_names_the_field(still: Flow, path: str, field: str):
    answer = Caller(still)("GET", path)

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert answer.json()["fields"].keys() == {field}


def test_another_method_is_405_in_the_same_form(still: Flow):
    answer = Caller(still)("DELETE", "/locks")

    assert answer.status_code == 405
    assert answer.json().keys() == {"error", "message", "fields"}
