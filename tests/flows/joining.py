"""A stage that holds a lock while CI jobs on its commit ask for the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.sandbox.github.model import Run
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import OTHER, Job, trusting
from tests.flows.organization import HOME
from tests.issuer import Issuer

FILE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  e2e:
    path: stages/e2e
    lock: e2e-env
    verify: {checks: [e2e]}
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
locks:
  e2e-env: {permits: [left, right], refs: [main]}
"""
ONE = "version: 1\nlocks:\n  e2e-env: {permits: 2}\n"


@pytest.fixture
def flow(tmp_path: Path, issuer: Issuer) -> Iterator[Flow]:
    with trusting(tmp_path, issuer) as made:
        yield made


class Verifying:
    """A stage holds the lock; the job `e2e` runs on what it landed, and `report` beside that."""

    def __init__(self, flow: Flow, issuer: Issuer, file: str = FILE) -> None:
        self.flow, self.issuer = flow, issuer
        flow.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        flow.repo({"stagelock.yaml": file, "README": "x"}, OTHER)
        flow.repo({"stagelock.yaml": file, "README": "x"})
        for name in ("e2e", "report"):
            flow.world.ci.job(name, paths=("stages/e2e",), lasts=None)
        self.freight = flow.push({"apps/web/a": "1"})
        self.landed = flow.landed("e2e", self.freight)
        assert self.grant.state == "held"

    @property
    def grant(self) -> Any:
        return next(request for request in self.flow.requests() if request.stage == "e2e")

    @property
    def token(self) -> int:
        token: int = next(iter(self.grant.tokens.values()))
        return token

    def check(self, name: str = "e2e") -> Run:
        found = self.flow.world.check(REPO, self.landed, name)
        assert found is not None
        return found

    def job(self, name: str = "e2e", **claims: Any) -> Job:
        check = self.check(name)
        known = {"sha": self.landed, "check_run_id": str(check.id), **claims}
        return Job(self.flow, self.issuer, check.suite_id, **known)

    def ask(self, job: Job, owner: str = "e2e") -> Any:
        """What the job is told once somebody has looked."""
        job.ask("e2e-env", owner)
        self.flow.settle()
        return job("GET", job.where).json()

    def verified(self) -> None:
        self.flow.ends(self.landed, "e2e")
        self.flow.settle()
        assert self.flow.state(self.freight, "e2e") == "success"
