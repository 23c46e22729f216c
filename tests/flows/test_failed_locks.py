"""A stage that failed, and CI that may still start another of its checks: rule E1, with real suites."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.locking import live
from tests.flows.pipelines import filled, pipeline

TWO = pipeline(
    filled("one", "    lock: floor\n    verify: {checks: [unit, e2e]}\n")
    + filled("two", "    lock: floor\n    verify: {checks: [two]}\n")
    + "locks: {floor: {permits: 1}}\n"
)
KEPT = [("one", "held"), ("two", "queued")]


def failed(flow: Flow) -> tuple[str, str]:
    """Freight, and what landed: `unit` failed, `build` runs in its suite, `e2e` has not begun."""
    for name in ("unit", "build"):
        flow.world.ci.job(name, paths=("stages/one",), lasts=None)
    freight = flow.repo({"stagelock.yaml": TWO, "apps/web/a": "1"})
    landed = flow.landed("one", freight)
    flow.ends(landed, "unit", "failure")
    assert flow.state(freight, "one") == "failure"
    return freight, landed


def test_the_next_stage_waits_for_the_suite_of_what_failed_and_for_no_longer(flow: Flow):
    _, landed = failed(flow)
    assert live(flow) == KEPT
    flow.passes(minutes=10)
    flow.sweep()
    assert live(flow) == KEPT
    assert flow.state(landed, "lock / floor") == "in_progress"

    flow.ends(landed, "build")

    assert live(flow) == [("two", "held")]


def test_what_the_suite_still_starts_after_the_failure_runs_under_the_lock(flow: Flow):
    _, landed = failed(flow)
    flow.world.start_check(REPO, landed, "e2e")
    flow.ends(landed, "build")
    assert live(flow) == KEPT

    flow.finish(landed, "e2e")

    assert live(flow) == [("two", "held")]
