"""A check that verified a locked stage is run again: where it is seen, and what it holds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.flows.deaf import due
from tests.flows.harness import REPO, Flow
from tests.flows.locking import groups, live, locked
from tests.flows.pipelines import pipeline

STAGES = locked("one", "left") + locked("two", "right")
APART = {"stagelock.yaml": pipeline(STAGES + groups("left", "right")), "apps/web/a": "1"}
"""Each stage has a lock of its own: what is due in both shares a push, and CI runs on its head."""


@contextmanager
def unheard(flow: Flow) -> Iterator[None]:
    """Nothing that happens meanwhile is delivered."""
    weather = flow.world.courier.weather
    weather.lost = lambda _: True
    yield
    flow.world.flush()
    weather.lost = None


def verified(flow: Flow, freight: str) -> str:
    """Both stages have landed *freight* in one push and are verified by the checks on its head."""
    landed, head = flow.landed("one", freight), flow.landed("two", freight)
    assert landed != head
    for name in ("one", "two"):
        flow.finish(head, name)
    assert (flow.state(freight, "one"), live(flow)) == ("success", [])
    return head


def run_again(flow: Flow, head: str, *, delivered: bool) -> None:
    """Carol runs the job of `one` again, from the Actions page."""
    if delivered:
        flow.world.start_check(REPO, head, "one")
        flow.settle()
        return
    with unheard(flow):
        flow.world.start_check(REPO, head, "one")
        flow.passes(minutes=30)
        flow.sweep()


@pytest.mark.parametrize("newer", [0, 1, 3], ids=["here", "before", "long-before"])
@pytest.mark.parametrize("delivery", ["arrives", "is-lost"])
def test_a_run_again_on_a_later_commit_that_counted_holds_the_next_one_up_until_it_has_ended(
    flow: Flow, newer: int, delivery: str
):
    """rules L11, L13: the head of the push spoke for what lies below it, then and now."""
    head = verified(flow, flow.repo(APART))
    for n in range(newer):
        verified(flow, flow.push({"apps/web/a": f"{n} more"}))
    run_again(flow, head, delivered=delivery == "arrives")
    assert live(flow) == [("one", "held")]

    freight = flow.push({"apps/web/a": "last"})
    assert flow.state(freight, "one") == "queued"
    flow.finish(head, "one")
    assert flow.landed("one", freight)


@pytest.mark.parametrize("newer", [1, 3])
def test_a_run_again_on_what_landed_earlier_is_seen_without_its_delivery(flow: Flow, newer: int):
    """rule L13: by the sweep, and it holds the next one up until it has ended."""
    freight = flow.repo(APART)
    landed = flow.landed("one", freight)
    flow.world.start_check(REPO, landed, "one")
    flow.finish(landed, "one")
    flow.finish(flow.landed("two", freight), "two")
    for n in range(newer):
        verified(flow, flow.push({"apps/web/a": f"{n} more"}))
    run_again(flow, landed, delivered=False)
    assert live(flow) == [("one", "held")]

    freight = flow.push({"apps/web/a": "last"})
    assert flow.state(freight, "one") == "queued"
    flow.finish(landed, "one")
    assert flow.landed("one", freight)


@pytest.mark.parametrize("newer", [0, 1], ids=["here", "before"])
@pytest.mark.parametrize("since", ["", "    lock: left\n"], ids=["none", "another"])
def test_a_check_takes_what_its_promotion_began_under_though_its_stage_names_it_no_more(
    flow: Flow, since: str, newer: int
):
    """rule L11: its job disturbs whoever else has that group, whatever the file names since."""
    stages = locked("one", "right") + locked("two", "right") + groups("left", "right")
    freight = flow.repo({"stagelock.yaml": pipeline(stages), "apps/web/a": "1"})
    landed = flow.landed("one", freight)
    for n in range(newer + 1):
        freight = freight if n == 0 else flow.push({"apps/web/a": f"{n} more"})
        for name in ("one", "two"):
            flow.finish(flow.landed(name, freight), name)
    edited = stages.replace("    lock: right\n", since, 1)
    flow.push({"stagelock.yaml": pipeline(edited)})
    assert live(flow) == []

    flow.world.start_check(REPO, landed, "one")
    flow.settle()
    (request,) = [r for r in flow.requests() if r.ended_at is None]
    assert (request.stage, request.state) == ("one", "held")
    assert set(request.groups) == {"right", *(["left"] if since else [])}
    freight = flow.push({"apps/web/a": "last"})
    assert flow.state(freight, "two") == "queued"
    flow.finish(landed, "one")
    assert flow.landed("two", freight)


def test_a_check_takes_as_much_as_its_promotion_took_though_its_stage_takes_less_by_now(flow: Flow):
    """rules L11, L14: nobody shares with a job that took the group for itself."""
    stages = locked("one", "{db: all}") + "locks:\n  db: {permits: 3}\n"
    freight = flow.repo({"stagelock.yaml": pipeline(stages), "apps/web/a": "1"})
    landed = flow.landed("one", freight)
    flow.finish(landed, "one")
    flow.push({"stagelock.yaml": pipeline(stages.replace("{db: all}", "db"))})
    assert live(flow) == []

    flow.world.start_check(REPO, landed, "one")
    flow.settle()
    (request,) = [r for r in flow.requests() if r.ended_at is None]
    assert (request.state, dict(request.weights)) == ("held", {"db": 3})


@pytest.mark.parametrize("landing", ["here", "before"])
def test_a_run_again_at_rest_is_seen_without_its_delivery_by_the_look_of_the_next_sweep(
    flow: Flow, landing: str
):
    """rule L13: nobody else wants the lock, and nothing but the time wakes the repository."""
    head = verified(flow, flow.repo(APART))
    if landing == "before":
        verified(flow, flow.push({"apps/web/a": "more"}))
    with unheard(flow):
        flow.world.start_check(REPO, head, "one")
        in_time(flow)
        assert live(flow) == [("one", "held")]
        flow.world.finish_check(REPO, head, "one", "success")
        in_time(flow)
        assert live(flow) == []


def test_what_landed_two_weeks_ago_wakes_nobody(flow: Flow):
    """rule L13: at most 14 days ago; from then on the repository is only asked for its tips."""
    verified(flow, flow.repo(APART))
    flow.passes(days=15)
    left = due(flow)
    assert left is None or left > timedelta(hours=1)


def in_time(flow: Flow) -> None:
    """The looks come that are due by themselves until the time of the next sweep."""
    every, passed = timedelta(seconds=flow.app.settings.sweep_seconds), timedelta()
    while passed <= every:
        left = due(flow)
        assert left is not None, "nothing would look"
        step = max(left, timedelta()) + timedelta(seconds=1)
        flow.passes(seconds=step.total_seconds())
        passed += step


ONLY = {
    "stagelock.yaml": pipeline(locked("one", "floor") + groups("floor")),
    "apps/web/a": "1",
}


def landed_then(flow: Flow, *, newer: int) -> str:
    """What `one` landed first, verified, and so often it landed something else since."""
    freight = flow.repo(ONLY)
    first = flow.landed("one", freight)
    flow.finish(first, "one")
    for n in range(newer):
        flow.finish(flow.landed("one", flow.push({"apps/web/a": f"{n} more"})), "one")
    assert live(flow) == []
    return first


@pytest.mark.parametrize(("newer", "days"), [(11, 0), (0, 15)])
def test_however_long_ago_it_landed_a_run_again_of_which_a_delivery_tells_is_seen(
    flow: Flow, newer: int, days: int
):
    """rule L13: no limit of what a look begins with lets the next one in beside a job."""
    first = landed_then(flow, newer=newer)
    flow.passes(days=days)
    run_again(flow, first, delivered=True)
    assert live(flow) == [("one", "held")]

    freight = flow.push({"apps/web/a": "last"})
    waits = flow.promotions()[-1]
    assert (waits.freight.sha, waits.landed) == (freight, None)
    flow.finish(first, "one")
    assert flow.landed("one", freight)
