"""Approvals that are taken back while it is not known whether anything was written."""

from __future__ import annotations

from tests.flows.approving import answer, begun, prod
from tests.flows.harness import Flow
from tests.flows.pushing import unanswered
from tests.flows.words import say


def test_what_is_taken_back_in_doubt_is_not_written_by_a_repeated_push(flow: Flow):
    """The push got no answer and never arrived: nothing has used the approval."""
    first = begun(flow, "approve: {count: 1}")
    unanswered(flow)
    with flow.clock.still():
        say(flow, first, "/approve prod")
        assert [p.state for p in flow.promotions()] == ["verified", "writing"]
        text = answer(flow, first, "/unapprove prod")
    for _ in range(4):
        flow.passes(minutes=1)

    assert text.startswith("Done: ")
    assert prod(flow) is None
    assert flow.state(first, "prod") == "queued"
    say(flow, first, "/approve prod", by="dora")
    flow.passes(minutes=1)
    assert prod(flow) == b"one"
