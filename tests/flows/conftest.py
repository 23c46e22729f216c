"""Flows run on SQLite; those of `test_both_databases` on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.harness import Flow, flowing


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    """A fresh GitHub with the App installed on whatever is created there."""
    with flowing(tmp_path) as made:
        yield made
