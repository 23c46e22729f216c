"""A command took effect, and its process died before it had answered: the answer is the same."""

from __future__ import annotations

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.mortal import OrdersLast
from tests.flows.pipelines import MANUAL, MANUAL_FILES
from tests.flows.words import replies, say

ON_PULL = "(not this pull request's freight: this pull request is not merged)"
LOCKED = MANUAL.replace("auto: false", "lock: floor\n    auto: false") + "locks: {floor: {}}\n"


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("/promote prod", "It starts as soon as every other gate has passed"),
        ("/promote prod --skip-gates the site is down", "It skips every gate"),
    ],
)
def test_what_was_accepted_before_a_death_is_answered_as_without_it(
    flow: Flow, words: str, more: str
):
    """On somebody's open pull request, whose freight it is not; the lock is a person's now."""
    first = flow.repo({**MANUAL_FILES, "stagelock.yaml": LOCKED})
    say(flow, first, "/lock floor looking at the logs")
    flow.world.push(REPO, "topic", {"README.md": "hi"}, parent=first)
    pull = flow.world.open_pull(REPO, "topic")
    flow.settle()
    app = OrdersLast(flow)

    flow.world.comment(REPO, pull.number, words, by="alice")
    app.settle()

    assert app.deaths == ["add_order"]
    [told] = replies(flow, pull.number)
    assert told.startswith("Accepted: `prod` promotes ")
    assert ON_PULL in told
    assert more in told
