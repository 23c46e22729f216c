"""A check that verified a locked stage is run again: where it is seen, and what it holds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.test_locks import groups, live, locked
from tests.flows.test_races import pipeline

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
