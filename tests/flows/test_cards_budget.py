"""Cards that wait for their part of what we may create."""

from __future__ import annotations

from tests.flows.budgets import later
from tests.flows.harness import REPO, Flow
from tests.flows.test_cards_doubts import POSTED, TWO, made, proposed
from tests.flows.test_commands import FILES


def lists(flow: Flow) -> int:
    """How often we asked what stands on a pull request."""
    return len(
        [e for e in flow.sandbox.exchanges if POSTED.fullmatch(e.path) and e.method == "GET"]
    )


def test_while_many_cards_are_due_another_promotion_lands_and_each_comes_once_later(flow: Flow):
    """What waits for its part of the budget asks GitHub for nothing meanwhile."""
    flow.repo({**FILES, "stagelock.yaml": TWO.replace("    auto: false\n    steps", "    steps")})
    later(flow)
    flow.world.hold_deliveries()
    numbers = []
    for at in range(40):
        pull = proposed(flow, f"topic-{at}", "new")
        flow.world.merge(REPO, pull.number, "squash")
        numbers.append(pull.number)
    flow.world.release_deliveries()
    flow.settle()
    early, listed = len(made(flow)), lists(flow)
    flow.look()
    assert lists(flow) <= listed + 1

    sha = flow.push({"apps/api/late": "1"})
    assert flow.state(sha, "live") == "success"
    assert early <= len(made(flow)) < len(numbers)
    for _ in range(4):
        later(flow)
    assert sorted(made(flow)) == numbers
