"""Invariant 7: deliveries dropped, doubled, delayed and shuffled give the same trees."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.harness import ONE_BRANCH, REPO, Flow

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


def at_rest(flow: Flow, newest: str) -> None:
    """The newest freight is in all three stages."""
    for stage in ("dev", "e2e", "prod"):
        held = flow.world.tree(REPO, "main", f"stages/{stage}")
        assert held == {f"stages/{stage}/web/index.html": b"two"}
        assert flow.state(newest, stage) == "success"
    promoted = [s for s in flow.subjects() if s.startswith("Promote")]
    assert len(promoted) == len(set(promoted))


def test_sweeps_alone_carry_a_push_through(flow: Flow):
    """No delivery ever arrives after the repository is known."""
    flow.repo(FILES)
    flow.world.weather.lost = lambda _: True
    second = flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    for _ in range(4):
        flow.clock.ahead += timedelta(minutes=5)
        flow.sweep()
        for commit in flow.world.log(REPO, "main"):
            if commit.message.splitlines()[0].endswith("to e2e"):
                flow.world.finish_check(REPO, commit.sha, "e2e")
    at_rest(flow, second)


def test_doubled_and_shuffled_deliveries_change_nothing(flow: Flow):
    first = flow.repo(FILES)
    flow.world.weather.doubled = lambda _: True
    flow.world.hold_deliveries()
    flow.world.finish_check(REPO, flow.landed("e2e", first), "e2e")
    second = flow.world.push(REPO, "main", {"apps/web/index.html": "two"})
    flow.world.push(REPO, "main", {"docs/a": "b"})
    flow.world.release_deliveries(shuffle=3)
    flow.settle()
    flow.finish(flow.landed("e2e", second), "e2e")
    flow.passes(minutes=2)
    at_rest(flow, second)
