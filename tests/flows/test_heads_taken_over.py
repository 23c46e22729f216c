"""Newer freight takes the pull request over, and its push is late: nobody has seen that head yet."""

from __future__ import annotations

import pytest

from tests.flows.approving import REVIEWED, answer, begun, prod
from tests.flows.harness import REPO, Flow
from tests.flows.mortal import Once
from tests.flows.words import ours, say

PUSH = "/git-receive-pack$"


def taken_over(flow: Flow) -> str:
    """Newer freight, whose head GitHub does not take for now."""
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    flow.passes(minutes=2)
    head = ours(flow).head_sha
    flow.world.faults.add("GIT", PUSH, times=1000, every=2)  # every one after that to dev
    with flow.clock.still():  # no second try is due
        second = flow.push({"apps/web/index.html": "two"})
        flow.world.faults.clear()
        flow.world.faults.add("GIT", PUSH, times=1000)
    assert ours(flow).head_sha == head
    assert [p.freight.sha for p in flow.promotions() if p.state == "in-review"] == [second]
    return second


@pytest.mark.parametrize("minutes", [0, 5])
def test_an_approval_before_the_push_of_the_newer_head_has_to_name_its_freight(
    flow: Flow, minutes: int
):
    """rule C7: who approves sees the head that GitHub shows, however long that lasts."""
    second = taken_over(flow)
    if minutes:
        flow.passes(minutes=minutes)
    pull = ours(flow)

    text = answer(flow, pull.number, "/approve prod")

    assert "Not done" in text
    assert f"`/approve prod {second[:12]}`" in text
    flow.world.faults.clear()
    flow.passes(minutes=5)
    flow.passes(minutes=2)
    assert second[:7] in pull.title
    assert flow.state(pull.head_sha, "plan") == "queued"
    say(flow, pull.number, f"/approve prod {second[:12]}")
    assert flow.state(pull.head_sha, "plan") == "success"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert prod(flow) == b"two"


def test_a_push_whose_answer_was_lost_has_moved_the_head_too(flow: Flow):
    """rule C7: it arrived, and we hear of it later than who looks at the pull request."""
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    flow.passes(minutes=2)
    pull, head = ours(flow), ours(flow).head_sha
    flow.world.faults.add("GIT", PUSH, "lost", times=1, every=2)
    second = flow.push({"apps/web/index.html": "two"})
    flow.passes(seconds=30)
    assert second[:7] in pull.title
    assert pull.head_sha != head

    text = answer(flow, pull.number, "/approve prod")

    assert "within the minute before" in text
    assert f"`/approve prod {second[:12]}`" in text


def test_an_open_pull_request_of_earlier_freight_that_is_taken_over_has_moved(flow: Flow):
    """rule C7, rule P16: nobody was allowed to close it, and it showed that freight until now."""
    first = begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull, head = ours(flow), ours(flow).head_sha
    flow.world.faults.add("PATCH", f"/pulls/{pull.number}$", "denied", times=1000)
    flow.world.protect(REPO, "stagelock/prod")
    say(flow, first, "/cancel prod")
    flow.world.unprotect(REPO, "stagelock/prod")
    flow.world.faults.clear()
    assert (pull.state, pull.head_sha) == ("open", head)
    flow.passes(minutes=5)
    second = flow.push({"apps/web/index.html": "two"})
    assert pull.head_sha != head
    assert ours(flow).number == pull.number
    assert second[:7] in pull.title

    text = answer(flow, pull.number, "/approve prod")

    assert "within the minute before" in text
    assert f"`/approve prod {second[:12]}`" in text


def test_a_death_before_it_is_told_what_it_brings_now_leaves_it_no_older_title(flow: Flow):
    """It is the newer promotion's once it says so."""
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    app = Once(flow, "before", "update_pull")
    second = flow.world.push(REPO, "main", {"apps/web/index.html": "two"}, parent=flow.tip())
    app.settle()

    assert app.deaths == ["update_pull"]
    assert second[:7] in ours(flow).title
