"""No delivery arrives: what is awaited is seen within a minute, everything else by the sweep."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.deaf import deaf, due
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.reviewed import PEOPLE
from tests.flows.words import ours

MINUTE = timedelta(seconds=60)
PIPELINE = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
CHECKED = ONE_BRANCH.replace("paths-ignore:", "checks: [build], paths-ignore:")


def one_look(flow: Flow) -> None:
    """The look that is due by itself comes within a minute."""
    left = due(flow)
    assert left is not None, "only the sweep would look"
    assert left <= MINUTE
    flow.passes(seconds=max(left.total_seconds(), 0))


def test_ten_minutes_without_a_delivery_delay_what_is_awaited_by_a_minute(flow: Flow):
    """A verification's end, again and again, as long as it is deaf."""
    flow.repo(PIPELINE)
    deaf(flow)
    freight = flow.newest()
    began = flow.clock()
    for _ in range(20):
        one_look(flow)
        if flow.clock() - began > timedelta(minutes=10):
            break
    assert flow.state(freight, "e2e") == "in_progress"

    flow.world.finish_check(REPO, flow.landed("e2e", freight), "e2e")
    one_look(flow)

    assert flow.state(freight, "e2e") == "success"
    assert flow.landed("prod", freight)


def test_the_build_that_a_freight_waits_for_is_seen_too(flow: Flow):
    """Also where nothing had been said of it at the look before."""
    flow.repo({**PIPELINE, "stagelock.yaml": CHECKED})
    deaf(flow)
    first = flow.tip()
    one_look(flow)
    flow.world.finish_check(REPO, first, "build")
    one_look(flow)

    assert flow.landed("dev", first)


def test_a_person_who_merges_our_pull_request_is_seen_too(flow: Flow):
    flow.repo(PEOPLE)
    deaf(flow)
    freight = flow.newest()
    flow.world.merge(REPO, ours(flow).number, by="bob")
    one_look(flow)

    assert flow.state(freight, "prod") == "success"


def test_everything_else_is_seen_by_the_sweep(flow: Flow):
    flow.repo({"stagelock.yaml": ONE_BRANCH.partition("  e2e:\n")[0], "apps/web/index.html": "one"})
    deaf(flow)
    left = due(flow)
    assert left is None or left > timedelta(hours=1)

    second = flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    flow.sweep()

    assert flow.landed("dev", second)


def test_looks_that_hear_nothing_new_are_conditional_and_write_nothing(flow: Flow):
    flow.repo(PIPELINE)
    deaf(flow)
    one_look(flow)
    one_look(flow)
    asked, wrote = len(flow.sandbox.exchanges), len(flow.writes())
    one_look(flow)

    new = list(flow.sandbox.exchanges)[asked:]
    assert len(flow.writes()) == wrote
    assert len(new) <= 8
    assert {one.method for one in new} == {"GET"}


def test_many_that_await_something_share_the_looks_of_their_installation(flow: Flow):
    flow.repo(PIPELINE)
    count = flow.app.store.repos.awaiting(flow.world.installation("stagelock").id)

    assert count == 1
    assert flow.app.store.repos.awaiting(4711) == 0
