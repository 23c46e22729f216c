"""Invariant 6 on real processes: `kill -9` at any moment, a restart, and the same world."""

from __future__ import annotations

from pathlib import Path

from tests.crash.killing import FEW, crashed


def test_killed_at_any_moment_the_world_ends_the_same_and_nothing_is_there_twice(tmp_path: Path):
    """`make endurance` kills more, and by more seeds."""
    crashed(tmp_path, seed=1, victims=FEW, pushes=1, workers=1)
