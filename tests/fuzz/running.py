"""So many inputs of one subject, by seed, in pieces that each have a time to end in."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fuzz.subjects import SUBJECTS

PIECE = 1000
SECONDS = 60.0
"""Of processor time for a piece: twenty times what the slowest takes."""


class Hang(Exception):
    """A piece does not come to its end."""


def run(name: str, count: int, first: int = 0) -> int:
    """Judge *count* inputs of the subject *name*, from the seed *first* on; how many there were."""
    subject, _ = SUBJECTS[name]
    for begin in range(0, count, PIECE):
        seed = f"{name} {first + begin // PIECE}"
        try:
            with ending(seed):
                subject(random.Random(seed), min(PIECE, count - begin))
        except AssertionError as error:
            raise AssertionError(f"seed {seed!r}: {error}") from error
    return count


@contextmanager
def ending(seed: str) -> Iterator[None]:
    """End the block after its time, whatever it does in Python."""

    def stop(*_: object) -> None:
        raise Hang(seed)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
