"""
The organisation's file of lock groups cannot be read: nothing of them is granted, what is held goes on, and
everybody who waits is told `cannot-ask`, with the time of the next look. From the contract's words: L52, Z5.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.locking import locked
from tests.flows.organization import API, HOME, defined, files, live
from tests.flows.pipelines import pipeline
from tests.flows.words import replies, say

OWN = "locks:\n  e2e: {permits: 1}\n"
AWAY = "/acme/\\.github(\\.git)?/"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with served(tmp_path) as made:
        yield made


def unreadable(flow: Flow) -> None:
    """Git does not answer about `acme/.github`, and a look there notices it."""
    for method in ("GIT", "GET"):
        flow.world.faults.add(method, AWAY, "error", times=10**6)
    flow.world.push(HOME, "main", {"README": "more"})
    flow.settle()


def why(flow: Flow, stage: str) -> Any:
    return Caller(flow).get(f"/repos/{REPO}/stages/{stage}/why")


def test_while_the_organisations_file_cannot_be_read_nothing_is_granted(flow: Flow):
    defined(flow)
    held = flow.repo(files("two"), API)
    unreadable(flow)
    first = flow.repo(files("one"))
    assert live(flow, API) == [("two", "held")], "what is held goes on"
    flow.world.finish_check(API, flow.landed("two", held, repo=API), "two", "success")
    flow.settle()
    assert (live(flow, API), live(flow, REPO)) == ([], [("one", "queued")])

    answer = why(flow, "one")
    assert answer["reason"] == "cannot-ask"
    assert "acme/.github" in str(answer)
    client = Caller(flow, "lock-me")
    number = next(i.account_id for i in flow.app.store.installs.all() if i.account == "acme")
    asked = client("POST", f"/locks/org-{number}/e2e-env/requests", {"owner": "job"})
    assert asked.status_code == 202, "queued, and granted nothing"

    flow.world.faults.clear()
    flow.world.push(HOME, "main", {"README": "again"})
    flow.settle()
    assert live(flow, REPO) == [("one", "held")]
    assert why(flow, "one")["reason"] != "cannot-ask"
    assert flow.state(first, "one") == "in_progress"


def test_why_says_what_cannot_be_asked_and_when_it_is_asked_again(flow: Flow):
    defined(flow)
    unreadable(flow)
    first = flow.repo(files("one"))
    say(flow, first, "/why one", by="carol")
    told = replies(flow, first)[-1]
    assert "`stagelock-locks.yaml of acme/.github cannot be read: " in told
    assert "Retried automatically, first after 10 seconds" in told
    [row] = [line for line in told.splitlines() if line.startswith("| lock |")]
    assert "| **wait** | e2e-env is not granted while something cannot be found out |" in row
    assert "is not free" not in told, "nobody has it"
    assert "/.github" in flow.title(first, "one") or "cannot be read" in flow.title(first, "one")

    answer = why(flow, "one")
    assert answer["reason"] == "cannot-ask"
    [lock] = [gate for gate in answer["gates"] if gate["gate"] == "lock"]
    assert lock["reason"] == "cannot-ask"


def test_a_stage_whose_check_cannot_be_asked_about_says_so_and_starts_nothing(flow: Flow):
    """Of a repository's own lock, too: whether it may go on is not known, so it stays held."""
    first = flow.repo({"stagelock.yaml": pipeline(locked("one", "e2e") + OWN), "apps/web/a": "1"})
    landed = flow.landed("one", first)
    fault = flow.world.faults.add("GET", "/check-runs", "error", times=10**6)
    flow.world.finish_check(REPO, landed, "one", "success")
    flow.settle()
    flow.passes(seconds=30)
    assert fault.hits > 0, "it was asked"
    assert why(flow, "one")["reason"] == "cannot-ask"
    assert live(flow, REPO) == [("one", "held")]
    say(flow, first, "/why one", by="carol")
    assert "Stagelock cannot find out something that this depends on" in replies(flow, first)[-1]

    flow.world.faults.clear()
    flow.passes(minutes=6)
    assert live(flow, REPO) == []
    assert flow.state(first, "one") == "success"
