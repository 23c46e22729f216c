"""Repositories of an organisation that share a lock group, and the organisation's own file."""

from __future__ import annotations

from tests.flows.harness import Flow
from tests.flows.locking import locked
from tests.flows.pipelines import pipeline

API, HOME, THIRD = "acme/api", "acme/.github", "acme/web"
SHARED = "locks:\n  e2e-env: {scope: organization}\n"
ONE = "version: 1\nlocks:\n  e2e-env: {permits: 1, max-hold: 30m}\n"


def files(stage: str) -> dict[str, str]:
    return {"stagelock.yaml": pipeline(locked(stage, "e2e-env") + SHARED), "apps/web/a": "1"}


def defined(flow: Flow, text: str | None = ONE) -> None:
    """The organisation's own file, with *text* (None: there is none)."""
    flow.repo({"README": "ours", **({"stagelock-locks.yaml": text} if text else {})}, HOME)


def says(flow: Flow, text: str | None) -> None:
    flow.world.push(HOME, "main", {"stagelock-locks.yaml": text})
    flow.settle()


def live(flow: Flow, repo: str) -> list[tuple[str, str]]:
    return [(r.stage, r.state) for r in flow.requests(repo) if r.ended_at is None]
