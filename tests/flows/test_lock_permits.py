"""Named permits and weights, seen on GitHub."""

from __future__ import annotations

from tests.flows.harness import Flow
from tests.flows.test_locks import groups, live, locked
from tests.flows.test_people_locks import people
from tests.flows.test_races import pipeline
from tests.flows.test_verification import shown
from tests.flows.words import replies, say


def test_a_named_permit_stands_in_the_run_the_status_and_the_reply(flow: Flow):
    named = "locks:\n  floor: {permits: [e2e-1, e2e-2]}\n"
    first = flow.repo(
        {"stagelock.yaml": pipeline(locked("one", "floor") + named), "apps/web/a": "1"}
    )

    say(flow, first, "/lock floor debugging\n/stagelock status")

    title = shown(flow, first, "lock / floor").title or ""
    assert title.endswith(", token 1, e2e-1")
    assert people(flow) == [("@bob", "held")]
    granted = replies(flow, first)[-1]
    assert "token 2, permit `e2e-2`" in granted
    say(flow, first, "/stagelock status")
    assert "held (2 of 2)" in replies(flow, first)[-1]
    assert "(`e2e-1`)" in replies(flow, first)[-1]


def test_who_takes_all_waits_until_the_group_is_empty_and_nobody_passes(flow: Flow):
    wide = groups("floor").replace("permits: 1", "permits: 2")
    first = flow.repo(
        {
            "stagelock.yaml": pipeline(
                locked("one", "floor") + locked("two", "{floor: all}") + wide
            ),
            "apps/web/a": "1",
        }
    )
    assert live(flow) == [("one", "held"), ("two", "queued")]
    say(flow, first, "/lock floor debugging")
    assert people(flow) == [("@bob", "queued")]

    flow.finish(flow.landed("one", first), "one")
    assert live(flow) == [("two", "held")]
    assert people(flow) == [("@bob", "queued")]
    flow.finish(flow.landed("two", first), "two")
    assert people(flow) == [("@bob", "held")]
