"""`/cancel`, `/block`, `/allow` and `/rollback` in every state of a promotion, by one table."""

from __future__ import annotations

import pytest

from tests.flows.harness import Flow
from tests.flows.promotion_states import EVERY, Row, Then, there
from tests.flows.words import replies, say


def on_hold(flow: Flow) -> bool:
    return any(hold.stage == "prod" for hold in flow.records().holds)


def says(flow: Flow, freight: str, text: str, then: Then) -> str:
    """Say it where F is talked about, and look two minutes later; the answer."""
    say(flow, freight, text)
    answer = replies(flow, freight)[-1]
    flow.passes(minutes=2)
    found = Then(answer.partition(":")[0], flow.state(freight, "prod"), there(flow))
    assert found == then, answer
    return answer


def played(flow: Flow, state: str) -> tuple[Row, str]:
    row = EVERY[state]
    freight = row.made(flow)
    assert flow.state(freight, "prod") == row.run
    return row, freight


@pytest.mark.parametrize("state", EVERY)
def test_cancel_answers_and_does_in_each_state_what_the_table_says(flow: Flow, state: str):
    row, freight = played(flow, state)
    held, begun = on_hold(flow), any(not promotion.ended for promotion in flow.promotions())

    answer = says(flow, freight, "/cancel prod", row.cancel)

    assert on_hold(flow) == held
    if row.cancel.answer == "Done":
        assert ("it had not begun, and nothing was written for it" in answer) == (not begun)


@pytest.mark.parametrize("state", EVERY)
def test_block_and_allow_answer_and_do_in_each_state_what_the_table_says(flow: Flow, state: str):
    row, freight = played(flow, state)

    says(flow, freight, f"/block {freight} it leaks", row.block)
    if row.block.run == "queued":
        assert flow.title(freight, "prod").startswith("blocked: it leaks")
    says(flow, freight, f"/allow {freight}", row.allow)
    answer = says(flow, freight, f"/allow {freight}", Then("Not done", row.allow.run, row.allow.at))
    assert "is not blocked" in answer


@pytest.mark.parametrize("state", EVERY)
def test_rollback_answers_and_does_in_each_state_what_the_table_says(flow: Flow, state: str):
    row, freight = played(flow, state)

    says(flow, freight, "/rollback prod", row.rollback)

    assert on_hold(flow)
