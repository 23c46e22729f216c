"""Answers that wait for something to change, without keeping other requests from theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
MOST = 64
"""So many wait at once in a process; the server has that many threads more than it needs else."""
PAUSE = 0.5


class Waits:
    """Who waits, in this process; beyond *most* the answer is what is so now."""

    def __init__(self, most: int = MOST) -> None:
        self._places = threading.BoundedSemaphore(most)

    def until(self, seconds: float, changed: Callable[[], Value | None]) -> Value | None:
        """The first answer of *changed*, asked every so often; None: none within *seconds*."""
        if not self._places.acquire(blocking=False):
            return None
        try:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(PAUSE, left))
                answer = changed()
                if answer is not None:
                    return answer
            return None
        finally:
            self._places.release()
