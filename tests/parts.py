"""
Which of the slow tests run now: a part of them, another one each day.

``STAGELOCK_TEST_PART=2/4`` keeps the second quarter of the tests in `SLOW`, and every other
test. A test's part goes by its id: the same in every process, on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from zlib import crc32

import pytest

PART = os.environ.get("STAGELOCK_TEST_PART") or "1/1"
"""``1/3``: one third of them, ``2/3`` and ``3/3``: the others."""
SLOW = (
    "tests/browser/",
    "tests/cli/",
    "tests/crash/",
    "tests/deploy/",
    "tests/flows/",
    "tests/setup/",
    "tests/simulation/test_commands_in_pairs",
    "tests/simulation/test_contained",
    "tests/test_papers",
)
"""
How the ids begin of tests that start servers, browsers and processes, or play a long story for each
of many cases: most of the time goes there.
"""


def in_part(node_id: str, part: str = PART) -> bool:
    """
    Tell whether a test runs in a part.

    :param part: ``K/N``, the K-th of N parts, from 1.
    """
    which, parts = (int(number) for number in part.split("/"))
    return not node_id.startswith(SLOW) or crc32(node_id.encode()) % parts == which % parts


def _runs(item: pytest.Item) -> bool:
    return getattr(item.module, "EVERY_TIME", False) or in_part(item.nodeid)  # type: ignore[attr-defined]


def keep_part(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of the other parts; those of modules with ``EVERY_TIME = True`` stay."""
    others: Sequence[pytest.Item] = [item for item in items if not _runs(item)]
    if others:
        left = set(others)
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in left]


def told(parts: str = PART) -> str:
    """Say at the end that this was a part, or nothing where it was everything."""
    if parts == "1/1":
        return ""
    return f"of the slow tests this was part {parts}: make test PART=1/1 runs all"
