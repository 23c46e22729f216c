"""The data folder of this machine, and who works in it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from app.settings.model import Settings


@contextmanager
def presence(settings: Settings) -> Iterator[bool]:
    """Hold a lock that says "we work in this folder"; True if nobody else did when we came."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.data_dir / "workers.lock").open("w") as file:
        alone = _tried(file)
        fcntl.flock(file, fcntl.LOCK_SH)
        yield alone


def _tried(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
