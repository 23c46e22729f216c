"""How long foreign text of 20 KB takes: below 50 ms of processor time, and no faster growing than it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIZE = 20_000
LIMIT = 0.05
"""Seconds of processor time, the fastest of three."""
GROWTH = 2.5
"""How much longer twice the input may take, where it takes long enough to be measured."""
MEASURABLE = 0.012
STOP = 2.0
"""Seconds of processor time, then a search is ended: what backtracks would not come back."""
UNITS = (" ", "\t", "\n", "[", "]", "{", "(", "<", ">", '"', "'", "\\", "`", "*", "~", "a", "A", "0",
         "-", "_", ".", "/", ":", ";", ",", "=", "@", "#", "&", "|", "!", "é", " a", "a ", "[ ", '"a',
         "a,", "0.", "1_", "${{", "<!--", "\x1b[", "\x1b]", "a@", "ci", "\x00")  # fmt: skip


def too_slow(read: Callable[[int], object], limit: float = LIMIT) -> str | None:
    """
    Why *read*, which reads so many characters, costs more than their length; None where it does not.

    *limit*: seconds of processor time for `SIZE` of them.
    """
    half, took = 0.0, 0.0
    try:
        for _ in range(5):  # another program on the machine may have been in the way
            with _stopped():
                took = _fastest(read, SIZE, limit)
                half = _fastest(read, SIZE // 2, limit) if took > MEASURABLE else 0.0
            if not _is_slow(half, took, limit):
                return None
    except TimeoutError:
        return "stopped"
    return f"{half * 1000:.0f} ms, {took * 1000:.0f} ms"


def _is_slow(half: float, took: float, limit: float) -> bool:
    return took > limit or (took > MEASURABLE and took > GROWTH * max(half, MEASURABLE / 2))


def _fastest(read: Callable[[int], object], size: int, limit: float) -> float:
    found = []
    for _ in range(3):
        begun = time.process_time()
        read(size)
        found.append(time.process_time() - begun)
        if found[-1] < limit / 5:
            break
    return min(found)


@contextmanager
def _stopped() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, STOP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
