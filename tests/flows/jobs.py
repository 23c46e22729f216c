"""CI jobs that ask the API with GitHub's tokens, and a server that believes their issuer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.locking import locked
from tests.flows.organization import HOME, ONE
from tests.flows.pipelines import pipeline
from tests.issuer import Issuer, issuing

AUDIENCE = "https://stagelock.example.org"
OTHER = "acme/api"
ROOT = Path(__file__).parents[2]
LOCKS = (
    "locks:\n"
    "  {open: {permits: 1}, mine: {permits: 1}, again: {permits: 1}, command: {permits: 1},"
    " narrow: {permits: 1, refs: [main, 'release/*', 'hotfix/**']}}\n"
)
FILES = {"stagelock.yaml": pipeline(locked("one", "open") + LOCKS), "apps/web/a": "1"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@contextmanager
def trusting(folder: Path, issuer: Issuer) -> Iterator[Flow]:
    """A server that believes *issuer*."""
    env = {"STAGELOCK_OIDC_ISSUER": issuer.url, "STAGELOCK_OIDC_AUDIENCE": AUDIENCE}
    with served(folder, **env) as made:
        yield made


@contextmanager
def believing(folder: Path, issuer: Issuer) -> Iterator[Flow]:
    """A server that believes *issuer*, of two repositories and their organisation's own."""
    with trusting(folder, issuer) as made:
        made.repo({"README": "ours", "stagelock-locks.yaml": ONE}, HOME)
        made.repo(FILES)
        made.repo(FILES, OTHER)
        yield made


class Job:
    """One job: each question shows a token that was made for it alone."""

    def __init__(self, flow: Flow, issuer: Issuer, run: int, repo: str = REPO, **claims: Any):
        self.flow, self.issuer, self.where = flow, issuer, ""
        self.claims = {**claims_of(flow, repo, run), **claims}

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        token = self.issuer.token(aud=AUDIENCE, **self.claims)
        return Caller(self.flow, token)(method, path, body)

    def ask(self, group: str, owner: str = "e2e", repo: str = REPO) -> Any:
        place = f"/locks/repo-{self.flow.world.repo(repo).id}/{group}/requests"
        answer = self("POST", place, {"owner": owner})
        self.where = answer.headers.get("location", self.where)
        return answer


def claims_of(flow: Flow, repo: str, run: int) -> dict[str, Any]:
    """GitHub writes its numbers as texts."""
    return {
        "repository_id": str(flow.world.repo(repo).id),
        "repository_owner_id": str(account(flow)),
        "run_id": str(run),
        "run_attempt": "1",
        "ref": "refs/heads/main",
        "sha": "4f" * 20,
    }


def account(flow: Flow) -> int:
    return next(one.account_id for one in flow.app.store.installs.all() if one.account == "acme")


def stagelock(flow: Flow, arguments: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STAGELOCK_", "GITHUB_"))}
    url = flow.webhook.removesuffix("/github/webhook")
    own = {"STAGELOCK_URL": url, "GITHUB_ACTIONS": "true", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**kept, **own, **more},
        timeout=90,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
