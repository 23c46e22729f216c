"""Two repositories and a CI job at one group of their organisation, while processes are killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.crash.killing import FEW
from tests.crash.sharing import Inside, beside, shared

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_whatever_is_killed_nobody_is_let_in_beside_another_and_the_queue_goes_on(tmp_path: Path):
    """`make endurance ARGS=sharing` kills more, and by more seeds."""
    assert shared(tmp_path, seed=1, victims=FEW, pushes=2) == ()


def test_who_is_in_there_beside_another_is_seen():
    """What judges can fail."""
    minutes = [NOON + timedelta(minutes=n) for n in range(4)]
    first, second = Inside("e2e", minutes[0], minutes[1]), Inside("job", minutes[1], minutes[3])
    assert beside([first], [second]) == []
    assert "job was let in" in beside([Inside("e2e", minutes[0], minutes[2])], [second])[0]
