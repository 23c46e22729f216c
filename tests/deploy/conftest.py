"""A GitHub, and what was started in rooms: it is gone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.confined import Confined
from tests.deploy.deploying import Github
from tests.processes import killed


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Github]:
    with Github(tmp_path / "github") as made:
        yield made


@pytest.fixture
def confined() -> Iterator[list[Confined]]:
    running: list[Confined] = []
    yield running
    killed(running)
