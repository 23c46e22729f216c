"""Freight that turned out bad after it was verified, and the commit that takes it back."""

from __future__ import annotations

from tests.flows.harness import ONE_BRANCH, Flow

HAND = ONE_BRANCH.replace("    needs: [e2e]\n", "    needs: [e2e]\n    soak: 1h\n")
FILES = {"stagelock.yaml": HAND, "apps/web/index.html": "one", "apps/web/b": "b"}


def begun(flow: Flow) -> None:
    """The first freight is verified in e2e, whose lock is free."""
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")


def verified_bad(flow: Flow) -> str:
    """The freight of a change that will be taken back, verified in e2e, soaking before prod."""
    begun(flow)
    bad = flow.push({"apps/web/index.html": "bad"}, "Break the shop")
    flow.finish(flow.landed("e2e", bad), "e2e")
    assert flow.state(bad, "e2e") == "success"
    return bad


def revert(flow: Flow, sha: str, changes: dict[str, bytes | str | None]) -> str:
    return flow.push(changes, f'Revert "Break the shop"\n\nThis reverts commit {sha}.')
