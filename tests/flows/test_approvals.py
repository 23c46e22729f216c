"""
`approve`, `/approve` and `/unapprove`: nothing enters the stage without so many people's leave.

Alice (maintain) writes what is promoted; bob and dora may write, carol may read.
"""

from __future__ import annotations

import pytest

from tests.flows.approving import answer, begun, files, prod, titled, told
from tests.flows.harness import REPO, Flow
from tests.flows.words import say


def test_freight_waits_for_an_approval_and_enters_with_it(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    assert prod(flow) is None
    assert flow.state(first, "prod") == "queued"
    title = titled(flow, first)
    assert title.startswith("waiting: ")
    assert title.endswith(": /approve prod")
    assert len(title) <= 70
    assert "**To do:** " in told(flow, first)

    text = answer(flow, first, "/approve prod")

    assert text.startswith("Done: ")
    assert f"web {first[:7]}" in text
    assert prod(flow) == b"one"
    assert flow.state(first, "prod") == "success"


def test_why_has_the_gate_its_answer_and_what_to_type(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/hold prod because")
    text = answer(flow, first, "/approve prod\n/why prod")

    assert "| approval | **wait** |" in text
    assert "`/approve prod`" in text
    assert "**To do:** " in text
    text = answer(flow, first, "/stagelock status", by="carol")
    assert text.startswith("**To do:** ")
    assert "/approve prod" in text
    text = answer(flow, first, "/approve prod\n/why prod", by="dora")
    assert "| approval | pass |" in text


def test_who_approves_what_nobody_has_started_is_told_what_to_type(flow: Flow):
    """rule C83"""
    first = begun(flow, "auto: false", "approve: {count: 2}")
    start = f"Nobody has started it: comment `/promote prod {first[:12]}`."
    assert start in answer(flow, first, "/approve prod")
    say(flow, first, f"/promote prod {first[:12]}")
    assert "Nobody has started it" not in answer(flow, first, "/approve prod", by="dora")
    none = answer(flow, first, "/unapprove prod", by="alice")
    assert none.startswith("Not done: you have no unused approval for `prod`.\n")


def test_where_it_is_to_be_started_too_the_title_says_what_is_missing(flow: Flow):
    """`/promote` alone would not bring it in: it is not ready."""
    first = begun(flow, "auto: false", "approve: {count: 2}")
    assert titled(flow, first) == "waiting: needs 2 approvals: /approve prod"
    assert flow.state(first, "prod") == "queued"

    say(flow, first, "/approve prod")
    assert titled(flow, first) == "waiting: needs 1 more approval: /approve prod"
    say(flow, first, "/unapprove prod")
    assert titled(flow, first) == "waiting: needs 2 approvals: /approve prod"
    say(flow, first, "/approve prod")
    say(flow, first, "/approve prod", by="dora")

    assert titled(flow, first) == "ready for prod: /promote prod"
    assert flow.state(first, "prod") == "neutral"
    say(flow, first, "/promote prod")
    assert prod(flow) == b"one"


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        (("auto: false", "soak: 1h"), "soaking"),
        (("auto: false",), "ready for prod: /promote prod"),
    ],
)
def test_it_is_ready_only_where_promote_is_all_that_is_missing(flow: Flow, keys, title):
    first = begun(flow, *keys)

    assert titled(flow, first).startswith(title)
    assert ("neutral" if title.startswith("ready") else "queued") == flow.state(first, "prod")


def test_an_approval_is_of_one_freight(flow: Flow):
    first = begun(flow, "approve: {count: 1}", "auto: false")
    say(flow, first, "/approve prod")
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, second, "/promote prod")
    assert prod(flow) is None
    assert titled(flow, second).endswith(": /approve prod")
    say(flow, first, f"/promote prod {first[:12]}")
    assert prod(flow) == b"one"
    say(flow, second, "/approve prod")
    assert prod(flow) == b"two"


def test_what_was_taken_back_counts_no_more_and_can_be_given_again(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")

    text = answer(flow, first, "/unapprove prod")

    assert text.startswith("Done: ")
    assert f"web {first[:7]}" in text
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) is None
    assert answer(flow, first, "/unapprove prod").startswith("Not done: ")
    say(flow, first, "/approve prod")
    assert prod(flow) == b"one"


def test_unapprove_takes_back_what_is_not_used_yet_of_that_person_alone(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    say(flow, first, "/approve prod")
    assert prod(flow) == b"one"
    second = flow.push({"apps/web/index.html": "two"})
    flow.push({"stagelock.yaml": files("approve: {count: 2}")["stagelock.yaml"]})
    say(flow, second, "/approve prod")
    say(flow, second, "/approve prod", by="dora")
    assert prod(flow) == b"two"
    third = flow.push({"apps/web/index.html": "three"})
    say(flow, third, "/approve prod")

    text = answer(flow, third, "/unapprove prod")

    assert f"web {third[:7]}" in text
    assert second[:7] not in text
    assert first[:7] not in text


def test_a_stage_that_asks_for_none_says_so(flow: Flow):
    first = begun(flow, "auto: false")
    text = answer(flow, first, "/approve prod")
    assert text.startswith("Not done: ")
    assert "`approve`" in text


def test_what_is_there_already_needs_no_approval(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    say(flow, first, "/approve prod")
    text = answer(flow, first, f"/approve prod {first[:12]}", by="dora")
    assert text.startswith("Not done: ")
    assert prod(flow) == b"one"


def test_an_edit_of_the_file_counts_at_once(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")
    assert prod(flow) is None
    flow.push({"stagelock.yaml": files("approve: {count: 1}")["stagelock.yaml"]})
    assert prod(flow) == b"one"


def test_approvals_outlive_a_restart(flow: Flow):
    first = begun(flow, "approve: {count: 2}")
    say(flow, first, "/approve prod")
    flow.reboot()
    say(flow, first, "/approve prod", by="dora")
    assert prod(flow) == b"one"


def test_an_edited_and_a_quoted_approval_are_none(flow: Flow):
    first = begun(flow, "approve: {count: 1}")
    made = say(flow, first, "hello")
    flow.world.edit_comment(REPO, made, "/approve prod", by="bob")
    flow.settle()
    say(flow, first, "> /approve prod")
    say(flow, first, "`/approve prod`")
    assert prod(flow) is None
