"""What GitHub's refusals mean: one table, with an entry for whatever GitHub documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.errors import Conflict, Denied, Missing, Rejected, Transient
from app.github import endpoints as at
from app.github import rules
from app.github.endpoints import ENDPOINTS, Endpoint
from app.github.meanings import COMMON, TABLE
from app.github.rules import RULES
from app.github.translate import Call, Failure, from_answer
from tests.adapters.github.scripted import NOW
from tests.sandbox.schema import operation_of

DATA = Path(__file__).parents[2] / "data" / "github"
OPERATIONS = json.loads((DATA / "rest.json").read_text())["operations"]
SERVERS = json.loads((DATA / "ghes.json").read_text())
WRITING = [rule for rule in (*ENDPOINTS, *RULES) if rule.method != "GET"]


def operation(endpoint: Endpoint) -> str:
    """GitHub's name for the operation behind a call of ours."""
    found = operation_of(endpoint.method, re.sub(r"\{(\w+)\}", "1", endpoint.path))
    assert found is not None, endpoint
    return found


def documented(endpoint: Endpoint) -> set[int]:
    """The 4xx that GitHub documents for a call, on any server."""
    name = operation(endpoint)
    more = [one for server in SERVERS.values() for one in server["refuses"].get(name, ())]
    return {int(one) for one in (*OPERATIONS[name]["answers"], *more) if one[0] == "4"}


def test_each_documented_refusal_of_each_call_that_writes_has_an_entry():
    missing = {
        (one.path, status)
        for one in WRITING
        for status in documented(one)
        if (one, status) not in TABLE
    }
    assert missing == set()
    assert sum(len(documented(one)) for one in WRITING) > 25


def test_the_table_speaks_of_calls_that_write_and_of_nothing_else():
    assert {endpoint for endpoint, _ in TABLE} <= set(WRITING)
    assert {status for _, status in TABLE} <= set(range(400, 500))


def test_the_last_entry_of_each_answer_holds_whatever_was_said():
    open_ended = [*COMMON.values(), *(entries[-1] for entries in TABLE.values())]
    assert [one for one in open_ended if one.said] == []
    assert [one for e in TABLE.values() for one in e[:-1] if not one.said] == []


def answer(endpoint: Endpoint, status: int, said: str) -> Exception:
    return from_answer(Call("do it", endpoint), Failure(status, {}, said), NOW)


@pytest.mark.parametrize(
    ("endpoint", "status", "said", "error"),
    [
        (at.CREATE_PULL, 422, "Validation Failed: No commits between main and x", Conflict),
        (at.CREATE_PULL, 422, "Validation Failed: PullRequest head invalid", Conflict),
        (at.CREATE_PULL, 422, "Validation Failed: A pull request already exists for a:b.", Rejected),
        (at.CREATE_PULL, 422, "Validation Failed: a rule", Rejected),
        (at.MERGE_PULL, 405, "Base branch was modified. Review and try the merge again.", Conflict),
        (at.MERGE_PULL, 405, "Pull Request is not mergeable", Rejected),
        (at.MERGE_PULL, 409, "Head branch was modified. Review and try again.", Conflict),
        (at.CANCEL_RUN, 409, "Cannot cancel a workflow run that is completed.", Conflict),
        (at.RERUN_FAILED, 403, "Unable to retry this workflow run: created over a month ago", Rejected),
        (at.RERUN_FAILED, 403, "Resource not accessible by integration", Denied),
        (at.REREQUEST, 403, "This check run is not rerequestable", Rejected),
        (at.REREQUEST, 422, "This check run is not rerequestable", Rejected),
        (at.CREATE_ISSUE_COMMENT, 403, "Unable to create comment because issue is locked.", Rejected),
        (at.CREATE_ISSUE_COMMENT, 403, "Resource not accessible by integration", Denied),
        (at.CREATE_ISSUE_COMMENT, 410, "Issues are disabled for this repo", Missing),
        (at.CREATE_RUN, 422, "No commit found for SHA: 4f2a91c", Rejected),
        (at.UPDATE_RUN, 404, "Not Found", Missing),
        (at.CREATE_TOKEN, 404, "Not Found", Missing),
        (rules.CREATE, 404, "Not Found", Missing),
    ],
)  # fmt: skip
def test_what_is_said_decides_what_it_means(endpoint, status, said, error):
    assert isinstance(answer(endpoint, status, said), error)


@pytest.mark.parametrize("endpoint", WRITING, ids=lambda one: f"{one.method} {one.path}")
def test_a_conflict_that_nobody_documents_is_tried_again_and_ends_no_tick(endpoint: Endpoint):
    """A Conflict says that the claim or a tip is lost; of a comment it would end everything."""
    if (endpoint, 409) not in TABLE:
        error = answer(endpoint, 409, "something is in the way")
        assert isinstance(error, Transient)
        assert not error.maybe_done


def test_an_empty_repository_has_nothing_to_read_and_conflicts_with_nobody():
    assert isinstance(answer(at.CHECK_RUNS, 409, "Git Repository is empty."), Missing)
    assert isinstance(answer(at.PULL, 409, "busy"), Transient)


def test_only_a_request_that_was_not_waited_for_may_have_been_done():
    for status in range(400, 430):
        error = answer(at.CREATE_RUN, status, "no")
        assert getattr(error, "maybe_done", False) == (status == 408), status
