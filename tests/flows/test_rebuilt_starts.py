"""Records were lost while a workflow that we started verifies: its run is found again, and none is started beside it."""

from __future__ import annotations

import pytest

from tests.flows.harness import Flow
from tests.flows.rebuilding import lose, rebuild
from tests.flows.workflow_starts import AT, FILES, UNNAMED, ends, live, runs, verified


@pytest.mark.parametrize("workflow", [FILES[AT], UNNAMED], ids=["named", "unnamed"])
def test_the_run_of_what_was_verifying_is_found_among_those_of_before(flow: Flow, workflow: str):
    verified(flow, {**FILES, AT: workflow})
    last = ""
    for number in (2, 3):
        ends(flow, runs(flow)[-1])
        last = flow.push({"apps/web/a": str(number)})
    assert len(runs(flow)) == 3
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.sweep()
    for _ in range(8):
        flow.passes(seconds=45)
    assert len(runs(flow)) == 3
    assert [stage for stage, _ in live(flow)] == ["e2e"]
    ends(flow, runs(flow)[-1])
    flow.passes(minutes=1)
    assert flow.state(last, "e2e") == "success"
    assert live(flow) == []
