"""GitHub asks us to wait: nobody calls before that is over, people are told, and it goes on."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import ALONE, BY_PULL
from tests.flows.words import ours


def calls(flow: Flow) -> int:
    return len(flow.sandbox.exchanges)


def test_retry_after_is_kept_to_and_said_in_the_check(flow: Flow):
    """The pull request could not be opened; new events change nothing about that."""
    text = BY_PULL.replace("  prod:\n", "    verify: {checks: [build]}\n  prod:\n")
    first = flow.repo({"stagelock.yaml": text, "apps/web/index.html": "one"})
    flow.world.faults.add("POST", "/pulls$", "secondary", retry_after=600)
    flow.finish(flow.landed("dev", first), "build")
    run = flow.run(first, "prod")
    assert run is not None
    assert (run.status, (run.title or "")[:10]) == ("in_progress", "retrying: ")
    assert "secondary rate limit" in (run.summary or "")
    before = calls(flow)

    flow.world.comment(REPO, first, "/stagelock status", by="bob")
    flow.settle()
    flow.passes(minutes=8)
    assert calls(flow) == before

    flow.passes(minutes=3)
    assert ours(flow).state == "open"
    assert len(flow.world.comments(REPO, first)) == 2


@pytest.mark.parametrize("kind", ["limited", "secondary"])
def test_a_limit_in_the_middle_of_a_tick_costs_time_only(flow: Flow, kind: str):
    """The primary limit says when it is reset, the secondary how long to wait."""
    flow.repo(ALONE)
    flow.world.faults.add("POST", "/check-runs$", kind, retry_after=600)  # type: ignore[arg-type]
    second = flow.push({"apps/web/index.html": "two"})
    assert flow.landed("dev", second)
    before = calls(flow)
    flow.push({"README.md": "an event"})
    flow.passes(minutes=8)
    assert calls(flow) == before

    flow.passes(minutes=3)

    assert flow.state(second, "dev") == "success"
    assert len([s for s in flow.subjects() if s.startswith("Promote")]) == 2
