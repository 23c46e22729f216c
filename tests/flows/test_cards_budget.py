"""Cards that wait for their part of what we may create."""

from __future__ import annotations

from tests.flows.budgets import later
from tests.flows.carding import POSTED, TWO_WAREHOUSES, commented, proposing
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import MANUAL_FILES


def lists(flow: Flow) -> int:
    """How often we asked what stands on a pull request."""
    return len(
        [e for e in flow.sandbox.exchanges if POSTED.fullmatch(e.path) and e.method == "GET"]
    )


def test_while_many_cards_are_due_another_promotion_lands_and_each_comes_once_later(flow: Flow):
    """What waits for its part of the budget asks GitHub for nothing meanwhile."""
    flow.repo(
        {
            **MANUAL_FILES,
            "stagelock.yaml": TWO_WAREHOUSES.replace("    auto: false\n    steps", "    steps"),
        }
    )
    later(flow)
    flow.world.hold_deliveries()
    numbers = []
    for at in range(40):
        pull = proposing(flow, f"topic-{at}", "new")
        flow.world.merge(REPO, pull.number, "squash")
        numbers.append(pull.number)
    flow.world.release_deliveries()
    flow.settle()
    early, listed = len(commented(flow)), lists(flow)
    flow.look()
    assert lists(flow) <= listed + 1

    sha = flow.push({"apps/api/late": "1"})
    assert flow.state(sha, "live") == "success"
    assert early <= len(commented(flow)) < len(numbers)
    for _ in range(4):
        later(flow)
    assert sorted(commented(flow)) == numbers
