"""
A server that confirms a start and does not tell the run, as GitHub Enterprise Server does, lists it late.

What was confirmed is sought for as long as it takes (decision 0039); a workflow without `run-name` is
told apart by being sought alone.
"""

from __future__ import annotations

import pytest

from tests.flows.harness import Flow
from tests.flows.locking import live
from tests.flows.words import say
from tests.flows.workflow_starts import AT, FILES, UNNAMED, ends, runs, unlocked, verified

OLD = pytest.mark.parametrize("version", ["2022-11-28"], indirect=True)
NAMED = pytest.mark.parametrize("workflow", [FILES[AT], UNNAMED], ids=["named", "unnamed"])
pytestmark = OLD
PAIR = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  one: &
  two: &
locks:
  e2e-env: {permits: 2, max-hold: 2h}
"""
STAGE = """
    path: stages/%s
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
    lock: e2e-env
    verify: {workflow: e2e.yml}
    timeout-minutes: 30"""


def behind(flow: Flow) -> None:
    flow.world.hub.run_details = "ignored"
    flow.world.hub.lists_at_once = False


def unseen(flow: Flow, files: dict[str, str] = FILES) -> str:
    """A freight whose run is under way and not listed yet."""
    behind(flow)
    freight = verified(flow, files)
    flow.passes(minutes=4)
    assert len(runs(flow)) == 1
    return freight


@NAMED
def test_what_was_confirmed_is_sought_for_longer_than_two_minutes(flow: Flow, workflow: str):
    freight = unseen(flow, {**FILES, AT: workflow})
    for _ in range(4):
        flow.passes(minutes=4)
    flow.world.hub.lists_at_once = True
    flow.passes(minutes=5)
    [run] = runs(flow)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"
    assert live(flow) == []


@NAMED
def test_ended_meanwhile_its_lock_waits_for_the_run_that_is_listed_late(flow: Flow, workflow: str):
    freight = unseen(flow, {**FILES, AT: workflow})
    say(flow, freight, "/cancel e2e")
    flow.passes(minutes=10)
    assert [stage for stage, _ in live(flow)] == ["e2e"]
    flow.world.hub.lists_at_once = True
    flow.passes(minutes=5)
    assert [stage for stage, _ in live(flow)] == ["e2e"]
    ends(flow, runs(flow)[0])
    flow.passes(minutes=5)
    assert live(flow) == []


@NAMED
def test_the_next_one_starts_none_before_that_is_found_and_takes_its_own(flow: Flow, workflow: str):
    first = unseen(flow, unlocked(workflow))
    say(flow, first, "/cancel e2e")
    second = flow.push({"apps/web/a": "2"})
    flow.passes(minutes=3)
    flow.world.hub.lists_at_once = True
    for _ in range(3):
        flow.passes(minutes=3)
    late, its = runs(flow)
    ends(flow, late)
    flow.passes(minutes=1)
    assert flow.state(second, "e2e") == "in_progress"
    ends(flow, its, "failure")
    flow.passes(minutes=1)
    assert flow.state(second, "e2e") == "failure"


@NAMED
def test_not_listed_until_the_timeout_it_is_failed_and_its_lock_waits_for_the_run(
    flow: Flow, workflow: str
):
    freight = unseen(flow, {**FILES, AT: workflow})
    for _ in range(14):
        flow.passes(minutes=2)
    assert flow.state(freight, "e2e") == "failure"
    assert [stage for stage, _ in live(flow)] == ["e2e"]
    [run] = runs(flow)
    flow.world.hub.lists_at_once = True
    flow.passes(minutes=5)
    jobs = [one for one in flow.world.hub.runs.values() if one.suite_id == run.id]
    if jobs[-1].status != "completed":
        assert [stage for stage, _ in live(flow)] == ["e2e"]
        ends(flow, run, "failure")
    flow.passes(minutes=5)
    assert live(flow) == []
    assert flow.state(freight, "e2e") == "failure"
    assert len(runs(flow)) == 1


def two_stages() -> str:
    file = PAIR
    for name in ("one", "two"):
        file = file.replace(f"  {name}: &\n", f"  {name}:{STAGE % name}\n")
    return file


@NAMED
def test_of_two_that_are_due_at_once_the_run_of_the_second_is_not_taken_for_the_first(
    flow: Flow, workflow: str
):
    """The first one's start does not arrive, nor when it is repeated in the look of the second's."""
    flow.world.hub.run_details = "ignored"
    flow.world.faults.add("POST", "/dispatches$", "error", times=2)
    freight = verified(flow, {**FILES, "stagelock.yaml": two_stages(), AT: workflow})
    for _ in range(12):
        flow.passes(seconds=40)
    by = {run.inputs["stage"]: run for run in runs(flow)}
    assert (len(runs(flow)), set(by)) == (2, {"one", "two"})
    ends(flow, by["two"])
    assert (flow.state(freight, "one"), flow.state(freight, "two")) == ("in_progress", "success")
    ends(flow, by["one"], "failure")
    assert (flow.state(freight, "one"), flow.state(freight, "two")) == ("failure", "success")


@NAMED
def test_two_stages_of_one_workflow_have_their_own_runs_whatever_is_listed_when(
    flow: Flow, workflow: str
):
    behind(flow)
    freight = verified(flow, {**FILES, "stagelock.yaml": two_stages(), AT: workflow})
    for _ in range(3):
        flow.passes(minutes=3)
    flow.world.hub.lists_at_once = True
    for _ in range(4):
        flow.passes(minutes=1)
    by = {run.inputs["stage"]: run for run in runs(flow)}
    assert (len(runs(flow)), set(by)) == (2, {"one", "two"})
    ends(flow, by["two"], "failure")
    assert (flow.state(freight, "one"), flow.state(freight, "two")) == ("in_progress", "failure")
    ends(flow, by["one"])
    assert (flow.state(freight, "one"), flow.state(freight, "two")) == ("success", "failure")
    assert live(flow) == []
