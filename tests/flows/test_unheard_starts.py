"""
The start of a workflow whose answer is lost, or tells no run: it is looked for, and none is started twice.
From the words of V25 to V29, in both versions of GitHub's API.
"""

from __future__ import annotations

from app.sandbox.github.workflow_starts import start
from tests.flows.harness import REPO, Flow
from tests.flows.losing import loses, losing
from tests.flows.workflow_starts import (
    AT,
    E2E,
    FILES,
    UNNAMED,
    ends,
    found_and_passed,
    runs,
    verified,
)

EACH_VERSION = True


@loses(E2E)
def test_a_lost_answer_is_looked_for_and_nothing_is_started_twice(flow: Flow):
    with losing(flow, E2E, times=1):
        freight = verified(flow)
        flow.passes(seconds=20)
    found_and_passed(flow, freight)


@loses(E2E)
def test_a_lost_answer_is_looked_for_also_where_no_title_names_the_promotion(flow: Flow):
    with losing(flow, E2E, times=1):
        freight = verified(flow, {**FILES, AT: UNNAMED})
        flow.passes(seconds=20)
    flow.passes(seconds=20)
    [run] = runs(flow)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"
    assert len(runs(flow)) == 1


def test_what_never_arrived_is_started_once_more(flow: Flow):
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = verified(flow)
    assert runs(flow) == []
    flow.passes(seconds=60)
    assert runs(flow) == []
    flow.passes(seconds=70)
    flow.passes(seconds=70)
    [run] = runs(flow)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"


def test_a_run_that_a_person_started_in_its_name_is_not_the_one_that_counts(flow: Flow):
    """Our start did not arrive; somebody gives the promotion's id to a run of their own, which passes."""
    flow.world.faults.add("POST", "/dispatches$", "error", times=1)
    freight = verified(flow)
    [row] = [p for p in flow.promotions() if p.stage == "e2e"]
    inputs = {**dict.fromkeys(("stage", "freight", "fence"), "x"), "promotion": row.id}
    sent = {"ref": "main", "inputs": inputs}
    hub, repo = flow.world.hub, flow.world.repo(REPO)
    theirs = start(flow.world.ci, repo, hub.user("bob"), "e2e.yml", sent)
    ends(flow, theirs)
    flow.passes(seconds=70)
    assert flow.state(freight, "e2e") == "in_progress"

    flow.passes(seconds=70)
    flow.passes(seconds=70)
    [ours] = [run for run in runs(flow) if run.id != theirs.id]
    ends(flow, ours, "failure")
    assert flow.state(freight, "e2e") == "failure"


def test_a_crash_after_the_start_starts_no_other(flow: Flow):
    with losing(flow, E2E, times=1):
        freight = verified(flow)
    flow.reboot()
    flow.passes(seconds=20)
    flow.passes(seconds=20)
    [run] = runs(flow)
    ends(flow, run)
    assert flow.state(freight, "e2e") == "success"


def test_a_server_that_does_not_tell_the_run_has_it_found(flow: Flow):
    """As GitHub Enterprise Server answers: 204 without a body, or it refuses the field."""
    for how in ("ignored", "refused"):
        flow.world.hub.run_details = how
        freight = verified(flow) if how == "ignored" else flow.push({"apps/web/a": "2"})
        flow.passes(seconds=15)
        ends(flow, runs(flow)[-1])
        assert flow.state(freight, "e2e") == "success", how
    assert len(runs(flow)) == 2
