"""
A workflow was asked for and nobody knows yet whether it runs, and something else happens meanwhile.

From the words of V27, V28 and E1: identity by number, nothing started twice, and no grant freed
whose job may run, nor kept for ever.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.sandbox.github.model import User
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.words import say
from tests.flows.workflow_starts import (
    AT,
    E2E,
    FILE,
    FILES,
    UNNAMED,
    asked,
    ends,
    live,
    never_arrived,
    runs,
    started,
    unlocked,
    verified,
)

EACH_VERSION = True


def bot(flow: Flow) -> User:
    return flow.world.hub.apps[flow.app_id].bot


def cancelled(flow: Flow, freight: str) -> None:
    say(flow, freight, "/cancel e2e")


def removed(flow: Flow, _: str) -> None:
    flow.push(
        {"stagelock.yaml": FILE.replace("  e2e:\n", "  other:\n").replace("[e2e]", "[other]")}
    )


def blocked(flow: Flow, freight: str) -> None:
    say(flow, freight, f"/block web@{freight} it is bad\n/cancel e2e")


ENDINGS = pytest.mark.parametrize("ended", [cancelled, removed, blocked])
End = Callable[[Flow, str], None]


@ENDINGS
def test_an_ended_promotion_whose_start_never_arrived_frees_its_lock(flow: Flow, ended: End):
    freight = never_arrived(flow)
    ended(flow, freight)
    assert ("e2e", "held") in live(flow) or ("e2e", "suspect") in live(flow)
    for _ in range(6):
        flow.passes(seconds=45)
    assert [one for one in live(flow) if one[0] == "e2e"] == []
    assert [run for run in runs(flow) if run.inputs["stage"] == "e2e"] == []


@ENDINGS
@loses(E2E)
def test_an_ended_promotion_whose_start_did_arrive_keeps_its_lock_to_that_run_s_end(
    flow: Flow, ended: End
):
    with losing(flow, E2E, times=1):
        freight = verified(flow)
        ended(flow, freight)
    for _ in range(6):
        flow.passes(seconds=45)
    assert [stage for stage, _ in live(flow)].count("e2e") == 1
    [run] = [run for run in runs(flow) if run.inputs["stage"] == "e2e"]
    ends(flow, run)
    flow.passes(seconds=45)
    assert [one for one in live(flow) if one[0] == "e2e"] == []


@ENDINGS
def test_ended_before_its_run_was_seen_its_lock_waits_for_that_run_s_end(flow: Flow, ended: End):
    """GitHub told the run's number, and does not answer what becomes of it."""
    flow.world.faults.add("GET", r"/actions/runs/[0-9]+$", "error", times=1000)
    freight = verified(flow)
    ended(flow, freight)
    flow.world.faults.clear()
    for _ in range(3):
        flow.passes(minutes=4)
    assert [stage for stage, _ in live(flow)].count("e2e") == 1
    [run] = [run for run in runs(flow) if run.inputs["stage"] == "e2e"]
    ends(flow, run)
    flow.passes(minutes=2)
    assert [one for one in live(flow) if one[0] == "e2e"] == []


@pytest.mark.parametrize("workflow", [FILES[AT], UNNAMED], ids=["named", "unnamed"])
def test_a_late_run_of_an_ended_promotion_is_not_the_next_one_s(flow: Flow, workflow: str):
    """Nothing locks them apart, and the late one runs on the next one's content: it is a stray."""
    first = never_arrived(flow, unlocked(workflow))
    late = asked(flow)
    say(flow, first, "/cancel e2e")
    second = flow.push({"apps/web/a": "2"})
    flow.passes(seconds=30)
    mine = started(flow, bot(flow), late)
    for _ in range(4):
        flow.passes(seconds=30)
    [job] = [run for run in flow.world.hub.runs.values() if run.suite_id == mine.id]
    assert job.conclusion == "cancelled"
    assert flow.state(second, "e2e") == "in_progress"
    [its] = [run for run in runs(flow) if run.inputs["promotion"] == asked(flow)]
    assert asked(flow) != late
    ends(flow, its)
    assert flow.state(second, "e2e") == "success"


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["start_workflow", "cancel_workflow", "started_runs"])
def test_a_death_beside_any_call_starts_nothing_twice(flow: Flow, call: str, when: str):
    deaths: list[str] = []

    def beside(at: str, name: str) -> None:
        if (at, name) == (when, call) and not deaths:
            deaths.append(name)
            raise Killed

    def lives(act: Callable[[], object]) -> None:
        try:
            act()
        except Killed:
            flow.reboot()
            stand_beside(flow, beside)
            flow.look()

    stand_beside(flow, beside)
    flow.world.ci.job("e2e", workflow="e2e.yml", lasts=None)
    flow.world.create_repo(REPO, files=dict(FILES))
    freight = flow.tip()
    lives(flow.settle)
    for _ in range(6):
        lives(lambda: flow.passes(seconds=45))
    [run] = runs(flow)
    assert live(flow) == [("e2e", "held")]
    if call != "cancel_workflow":
        ends(flow, run)
        assert flow.state(freight, "e2e") == "success"
    else:
        lives(lambda: flow.passes(minutes=31))
        assert flow.state(freight, "e2e") == "failure"
        lives(lambda: flow.passes(minutes=1))
    assert live(flow) == []
    assert len(runs(flow)) == 1


def test_what_never_arrives_at_all_is_failed_at_the_timeout_and_free(flow: Flow):
    flow.world.faults.add("POST", "/dispatches$", "error", times=1000)
    freight = verified(flow)
    for _ in range(17):
        flow.passes(minutes=2)
    assert flow.state(freight, "e2e") == "failure"
    for _ in range(3):
        flow.passes(minutes=2)
    assert live(flow) == []
    assert runs(flow) == []
