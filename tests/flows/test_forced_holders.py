"""
Whose lock a maintainer took away is mentioned, whatever kind of holder that was, and where they read it;
nobody is who may not know of it. From the contract's words: C27, C36, L68.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import Caller, served
from tests.flows.doors import begins, guarded, job
from tests.flows.harness import REPO, Flow
from tests.flows.holding import quiet
from tests.flows.locking import ONE, live
from tests.flows.organization import API, HOME, defined, files
from tests.flows.words import replies, say

PATH = f"/repos/{REPO}/commands"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with served(tmp_path) as made:
        yield made


def forced(flow: Flow, group: str) -> None:
    """By a token, as `stagelock unlock GROUP --force REASON` says it: nobody reads a reply."""
    body = {"key": group, "command": f"/unlock {group} --force it burns"}
    Caller(flow, "rule-me")("POST", PATH, body)
    flow.settle()


def test_of_a_stage_the_author_of_what_it_tests_is_called(flow: Flow):
    first = flow.repo(ONE)
    say(flow, first, "/unlock floor --force it burns", by="alice")
    told = replies(flow, first)[-1]
    assert told.startswith("Done: `floor` was taken away from `one`, held since ")
    assert "@alice: `one` no longer holds it, for [`web " in told


def test_of_a_stage_who_approved_it_is_called_too(flow: Flow):
    text = ONE["stagelock.yaml"].replace(
        "    lock: floor\n", "    lock: floor\n    approve: {count: 1}\n", 1
    )
    first = flow.repo({**ONE, "stagelock.yaml": text})
    flow.finish(flow.landed("two", first), "two")
    say(flow, first, "/approve one", by="bob")
    assert live(flow) == [("one", "held")]
    say(flow, first, "/unlock floor --force it burns", by="alice")
    assert "@alice, @bob: `one` no longer holds it" in replies(flow, first)[-1]


def test_of_jobs_who_started_their_run_is_called(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    say(flow, sha, "/unlock e2e-env --force it burns", by="alice")
    run = job(flow, sha).suite_id
    assert f"@alice: `e2e (run {run})` no longer holds it" in replies(flow, sha)[-1]


def test_by_a_token_it_is_told_where_the_job_is_at_work(flow: Flow):
    guarded(flow)
    sha = flow.push({"ci/a": "1"})
    begins(flow, sha)
    forced(flow, "e2e-env")
    [told] = replies(flow, sha)
    assert told.startswith("@alice: `e2e-env` was taken away by token:root from `e2e (run ")
    assert "it burns" in told
    assert "event `" in told


def test_of_a_stored_token_nobody_is_called(flow: Flow):
    first = quiet(flow)
    place = f"/locks/repo-{flow.world.repo(REPO).id}/floor/requests"
    Caller(flow, "lock-me")("POST", place, {"owner": "nightly"})
    say(flow, first, "/unlock floor --force it burns", by="alice")
    told = replies(flow, first)[-1]
    assert "was taken away from `ci`" in told
    assert "@" not in told


def test_of_another_repository_nobody_is_called_who_could_be_known_by_that(flow: Flow):
    defined(flow)
    flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    flow.world.repo(HOME).roles["carol"] = "maintain"
    say(flow, first, "/unlock e2e-env --force stuck", by="carol")
    told = replies(flow, first)[-1]
    assert "was taken away from `another repository of acme`" in told
    assert "@" not in told


def test_by_a_token_it_is_told_where_the_person_asked_for_it(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor debugging", by="bob")
    before = len(replies(flow, first))
    forced(flow, "floor")
    [told] = replies(flow, first)[before:]
    assert told.startswith("@bob: ")
    assert "`floor` was taken away by token:root from `@bob`" in told
    assert "it burns" in told
    assert "event `" in told
    flow.look()
    assert len(replies(flow, first)) == before + 1


def test_by_a_token_it_is_told_where_the_stage_was_at_work(flow: Flow):
    first = flow.repo(ONE)
    forced(flow, "floor")
    [told] = replies(flow, first)
    assert told.startswith("@alice: ")
    assert "`floor` was taken away by token:root from `one`" in told
    [notice] = [e.entry for e in flow.app.store.audit.newest() if e.entry["kind"] == "notice"]
    assert notice["group"] == "floor"
