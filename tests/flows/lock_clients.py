"""A server whose lock groups clients of the HTTP API ask for, beside a stage; and such a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.locking import locked
from tests.flows.pipelines import pipeline

NAMES = (
    "free",
    "queue",
    "same",
    "form",
    "token",
    "quota",
    "long",
    "wide",
    "join",
    "mixed",
    "busy",
    "named",
)
PERMITS = {"wide": "2", "named": "[e2e-1, e2e-2]"}
GROUPS = "locks:\n" + "".join(
    f"  {name}: {{permits: {PERMITS.get(name, 1)}, max-hold: 30m}}\n" for name in NAMES
)
FILES = {"stagelock.yaml": pipeline(locked("one", "mixed") + GROUPS), "apps/web/a": "1"}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """One server; each test has a group of its own."""
    with served(tmp_path_factory.mktemp("service"), STAGELOCK_LOCK_QUOTA="9,5,200") as made:
        made.repo(FILES)
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Flow]:
    """A server of one test, in which time may pass: those who share one come in any order."""
    with served(tmp_path) as made:
        made.repo(FILES)
        yield made


class Client:
    """One client of a group."""

    def __init__(self, flow: Flow, group: str, owner: str, token: str = "lock-me") -> None:
        self.flow, self.call, self.owner = flow, Caller(flow, token), owner
        self.group = f"/locks/repo-{flow.world.repo(REPO).id}/{group}"
        self.where = ""

    def ask(self, **more: object):
        answer = self.call("POST", f"{self.group}/requests", {"owner": self.owner, **more})
        self.where = answer.headers.get("location", self.where)
        return answer

    def see(self, wait: int = 0):
        return self.call("GET", f"{self.where}?wait={wait}")

    def post(self, verb: str, token: object):
        return self.call("POST", f"{self.where}/{verb}", {"token": token})
