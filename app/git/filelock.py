"""A lock that processes of one machine share, and that ends with its holder, however that ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Transient

PAUSE = 0.02


@contextmanager
def exclusive(path: Path, *, patience: float) -> Iterator[None]:
    """Hold *path* alone; Transient if somebody else holds it for *patience* seconds."""
    give_up = time.monotonic() + patience
    with path.open("ab") as file:
        while not _taken(file.fileno()):
            if time.monotonic() > give_up:
                raise Transient("another process is busy with this mirror")
            time.sleep(PAUSE)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
