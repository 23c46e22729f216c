"""Pull requests of people, and what the App says of the plan there."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow


def propose(flow: Flow, changes: dict[str, str | bytes | None], branch: str = "topic") -> str:
    """Bob proposes changes; his head."""
    head = flow.world.push(REPO, branch, changes, author="bob", parent=flow.tip())
    flow.world.open_pull(REPO, branch, by="bob")
    flow.settle()
    return head


def plans(flow: Flow, head: str) -> list[str]:
    """What each run of `stagelock / plan` on *head* says, oldest first."""
    runs = [r for r in flow.world.checks(REPO, head) if r.name == "stagelock / plan"]
    return [run.conclusion or run.status for run in sorted(runs, key=lambda run: run.id)]
