"""What every package of tests may use."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.postgres import migrated_postgres, postgres, postgres_url

# Time limits of single examples say more about the machine than about the code. On a server that
# judges changes, the same examples are drawn each time: what is found at random is found at a desk.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

__all__ = ["migrated_postgres", "postgres", "postgres_url"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-push`: the whole table of pushes over every transport, not only a part of it."""
    parser.addoption("--every-push", action="store_true")
