"""Flows run on SQLite; those of `test_both_databases` on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.harness import EVERYWHERE, Flow, flowing


@pytest.fixture
def flow(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flow]:
    """
    A fresh GitHub with the App installed on whatever is created there.

    In modules with ``HOOKED = True`` the pre-receive hook stands before every repository.
    """
    hooked = getattr(request.module, "HOOKED", EVERYWHERE)
    with flowing(tmp_path, hooked=hooked) as made:
        yield made
