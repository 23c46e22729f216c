"""Runs on other content than the promotion wrote: each is cancelled, and counts for nothing (V28)."""

from __future__ import annotations

from app.github import endpoints as at
from tests.flows.harness import Flow
from tests.flows.losing import loses, losing
from tests.flows.workflow_starts import FILES, ends, held, job, runs


@loses(at.CANCEL_RUN)
def test_the_lost_answer_to_a_cancelling_of_a_stray_run_leaves_it_cancelled_once(flow: Flow):
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    flow.repo(FILES)
    flow.push({"stages/e2e/web/a": "by hand"})
    with losing(flow, at.CANCEL_RUN, times=1):
        for _ in range(3):
            flow.passes(seconds=65)
    stray = runs(flow)[0]
    assert job(flow, stray).conclusion == "cancelled"
    flow.push({"stages/e2e/web/a": "1"})
    for _ in range(12):
        flow.passes(seconds=30)
    ends(flow, runs(flow)[-1])
    assert held(flow) == []


def test_three_on_other_content_go_on_slowly_and_say_so_until_the_timeout(flow: Flow):
    """An error is no end: tried again with growing pauses, failed after the timeout."""
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = flow.repo(FILES)
    flow.push({"stages/e2e/web/a": "by hand"})
    for _ in range(8):
        flow.passes(seconds=30)
    assert len(runs(flow)) == 3
    for _ in range(8):
        flow.passes(minutes=3)
        assert flow.state(freight, "prod") in ("", "queued")
        if flow.state(freight, "e2e") == "failure":
            break
        assert flow.title(freight, "e2e").startswith("retrying:")
    flow.passes(minutes=3)
    assert len(runs(flow)) <= 9
    assert {job(flow, run).conclusion for run in runs(flow)} == {"cancelled"}
    assert flow.state(freight, "e2e") == "failure"
    assert held(flow) == []
