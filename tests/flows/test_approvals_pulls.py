"""Approvals of what is in review: before and after the pull request, and what moves on meanwhile."""

from __future__ import annotations

from tests.flows.approving import REVIEWED, answer, begun, prod, titled
from tests.flows.harness import Flow
from tests.flows.words import ours, replies, say


def test_a_pull_request_is_opened_before_and_mergeable_after_its_approval(flow: Flow):
    first = begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "queued"
    assert titled(flow, first).endswith(": /approve prod")

    say(flow, pull.number, "/approve prod")

    assert flow.state(pull.head_sha, "plan") == "success"
    say(flow, pull.number, "/unapprove prod")
    assert flow.state(pull.head_sha, "plan") == "queued"


def test_merge_auto_waits_for_the_approvals(flow: Flow):
    begun(flow, "approve: {count: 1}", "merge: auto", stage=REVIEWED)
    pull = ours(flow)
    flow.passes(minutes=3)
    assert pull.state == "open"
    say(flow, pull.number, "/approve prod")
    assert pull.state == "closed"
    assert prod(flow) == b"one"


def test_newer_freight_waits_behind_an_approved_pull_request(flow: Flow):
    first = begun(flow, "approve: {count: 2}", stage=REVIEWED)
    pull = ours(flow)
    say(flow, pull.number, "/approve prod")
    head = pull.head_sha

    second = flow.push({"apps/web/index.html": "two"})

    assert pull.head_sha == head
    assert flow.state(second, "prod") == "queued"
    say(flow, pull.number, "/approve prod", by="dora")
    assert f"web {first[:7]}" in replies(flow, pull.number)[-1]
    assert flow.state(head, "plan") == "success"


def test_it_moves_on_when_the_only_approval_is_taken_back(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    say(flow, pull.number, "/approve prod")
    second = flow.push({"apps/web/index.html": "two"})
    assert pull.title.endswith("to prod")
    assert second[:7] not in pull.title

    say(flow, pull.number, "/unapprove prod")

    assert second[:7] in pull.title
    assert flow.state(pull.head_sha, "plan") == "queued"


def test_an_approval_just_after_the_head_moved_has_to_name_its_freight(flow: Flow):
    begun(flow, "approve: {count: 1}", stage=REVIEWED)
    pull = ours(flow)
    second = flow.push({"apps/web/index.html": "two"})

    text = answer(flow, pull.number, "/approve prod")

    assert "within the minute before" in text
    assert f"`/approve prod {second[:12]}`" in text
    assert flow.state(pull.head_sha, "plan") == "queued"
