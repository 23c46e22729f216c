"""Servers whose HTTP API is read: one of a test's own, and one for those who only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.calling import served
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.locking import ONE

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """A server for those who only read: `one` holds the lock `floor`, and `two` waits for it."""
    with served(tmp_path_factory.mktemp("still")) as made:
        made.repo(ONE)
        made.sweep()
        yield made


def path_of(flow: Flow, path: str) -> str:
    return path.replace("{id}", str(flow.world.repo(REPO).id))
