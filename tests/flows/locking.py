"""Stages that share a lock group: who holds it, who waits, and what people press."""

from __future__ import annotations

from app.sandbox.github.model import Run
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import filled, pipeline


def locked(name: str, groups: str, check: str | None = None) -> str:
    verify = f"    verify: {{checks: [{check or name}]}}\n"
    return filled(name, f"    lock: {groups}\n{verify}")


def groups(*names: str) -> str:
    return "locks:\n" + "".join(f"  {name}: {{permits: 1, max-hold: 30m}}\n" for name in names)


ONE = {
    "stagelock.yaml": pipeline(locked("one", "floor") + locked("two", "floor") + groups("floor")),
    "apps/web/a": "1",
}


def live(flow: Flow) -> list[tuple[str, str]]:
    """(stage, state) of the requests that have not ended, by place."""
    return [(r.stage, r.state) for r in flow.requests() if r.ended_at is None]


STUCK = [("one", "suspect"), ("two", "queued")]
LOCK = "lock / floor"


def stuck(flow: Flow) -> tuple[str, str]:
    """`one` holds `floor` for longer than max-hold with its check running: (freight, landed)."""
    first = flow.repo(ONE)
    landed = flow.landed("one", first)
    flow.world.start_check(REPO, landed, "one", app="jenkins")
    flow.settle()
    flow.passes(minutes=31)
    assert live(flow) == STUCK
    return first, landed


def press(flow: Flow, landed: str, button: str, by: str) -> Run:
    """*by* clicks; what the newest run of the lock says then."""
    flow.world.press(REPO, flow.shown(landed, LOCK), button, by=by)
    flow.settle()
    return flow.shown(landed, LOCK)
