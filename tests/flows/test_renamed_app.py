"""An App is called otherwise while a run that it asked for is sought: whose a run is, its bot's number says."""

from __future__ import annotations

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.harness import Flow
from tests.flows.losing import loses, losing
from tests.flows.workflow_starts import (
    E2E,
    asked,
    ends,
    found_and_passed,
    never_arrived,
    runs,
    started,
    verified,
)

EACH_VERSION = True
UNSPOKEN = "the App is not called as the texts that are tried would have it"


@loses(E2E)
def test_a_run_is_ours_also_after_the_app_was_called_otherwise(flow: Flow):
    with losing(flow, E2E, times=1):
        freight = verified(flow)
        flow.world.rename_app(SLUG, "gatekeeper")
    found_and_passed(flow, freight)


@loses(E2E)
def test_it_is_ours_also_where_the_app_was_started_again_under_its_new_name(flow: Flow):
    with losing(flow, E2E, times=1):
        freight = verified(flow)
        flow.world.rename_app(SLUG, "gatekeeper")
        flow.reboot()
    found_and_passed(flow, freight)


@pytest.mark.parametrize("booted", [False, True], ids=["goes on", "booted anew"])
def test_a_run_of_another_app_that_has_our_old_name_is_not_ours(flow: Flow, *, booted: bool):
    freight = never_arrived(flow)
    flow.world.rename_app(SLUG, "gatekeeper")
    if booted:
        flow.reboot()
    thief = flow.world.register_app(SLUG, None, "", {"actions": "write"})
    theirs = started(flow, flow.world.hub.apps[thief.app_id].bot, asked(flow))
    ends(flow, theirs)
    flow.passes(seconds=70)
    assert flow.state(freight, "e2e") == "in_progress"
    flow.passes(seconds=70)
    flow.passes(seconds=70)
    [ours] = [run for run in runs(flow) if run.id != theirs.id]
    ends(flow, ours, "failure")
    assert flow.state(freight, "e2e") == "failure"


def test_a_run_of_any_other_app_in_the_promotions_name_is_not_ours(flow: Flow):
    freight = never_arrived(flow)
    other = flow.world.register_app("reviewer", None, "", {"actions": "write"})
    theirs = started(flow, flow.world.hub.apps[other.app_id].bot, asked(flow))
    ends(flow, theirs)
    flow.passes(seconds=70)
    assert flow.state(freight, "e2e") == "in_progress"
    assert flow.state(freight, "prod") != "success"


@loses(E2E)
def test_a_server_that_tells_no_account_by_its_name_leaves_the_name_to_go_by(flow: Flow):
    """A server in the middle may let us ask about repositories only."""
    flow.world.faults.add("GET", "^/users/", "denied", times=1000)
    with losing(flow, E2E, times=1):
        freight = verified(flow)
    found_and_passed(flow, freight)
