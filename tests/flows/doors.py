"""Jobs of a repository that wait at GitHub environments, and what was answered there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.model.lock_requests import DirectRequest
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Leave, Run
from tests.flows.harness import REPO, Flow

FILE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e-env
    verify: {checks: ["e2e*"]}
locks:
  e2e-env: {permits: 1, max-hold: 2h, environments: [e2e]}
"""
FILES = {"stagelock.yaml": FILE, "README.md": "hi", "apps/README.md": "x"}


def guarded(flow: Flow, file: str | None = FILE, *jobs: str) -> None:
    """The App guards the environment e2e; *jobs* of CI wait there, on pushes that touch `ci/`."""
    files = {**FILES, "stagelock.yaml": file} if file is not None else {"README.md": "hi"}
    flow.repo(files)
    flow.world.guard(REPO, "e2e", SLUG)
    for name in jobs or ("smoke",):
        flow.world.ci.job(name, paths=("ci",), lasts=None, environment="e2e")


def job(flow: Flow, sha: str, name: str = "smoke") -> Run:
    found = flow.world.check(REPO, sha, name)
    assert found is not None
    return found


def begins(flow: Flow, sha: str, name: str = "smoke") -> None:
    flow.world.wait_for(lambda: job(flow, sha, name).status == "in_progress", what=f"{name} begins")


def said(flow: Flow, environment: str = "e2e") -> list[Leave]:
    return flow.world.leaves(REPO, environment)


def answers(flow: Flow, environment: str = "e2e") -> list[str]:
    return [one.state for one in said(flow, environment) if one.state]


def live(flow: Flow) -> list[DirectRequest]:
    return [one for one in flow.records().direct if one.kind == "job" and one.ended_at is None]


def states(flow: Flow) -> list[str]:
    return [one.state for one in live(flow)]


@contextmanager
def unheard(flow: Flow) -> Iterator[None]:
    """No delivery arrives of what happens meanwhile, nor can it be delivered again."""
    flow.world.flush()
    known = {delivery.id for delivery in flow.world.deliveries}
    flow.world.hold_deliveries()
    yield
    flow.world.weather.waiting.clear()
    flow.world.release_deliveries()
    with flow.world.hub.lock:
        told = flow.world.hub.deliveries
        told[:] = [one for one in told if one.id in known]
