"""The data folder of this machine, and who works in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.settings.model import Settings, SettingsError


def ensured(settings: Settings) -> None:
    """Make the data folder if it is not there; `SettingsError` where that cannot be."""
    folder = settings.data_dir
    why = ""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = f"cannot be made: {error.strerror}"
    else:
        why = "" if os.access(folder, os.W_OK | os.X_OK) else "may not be written by this user"
    if why:
        words = f"STAGELOCK_DATA_DIR: the data folder {folder} {why}. Set it to one that may be"
        raise SettingsError((f"{words} written",))


@contextmanager
def presence(settings: Settings) -> Iterator[bool]:
    """Hold a lock that says "we work in this folder"; True if nobody else did when we came."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.data_dir / "workers.lock").open("w") as file:
        alone = _tried(file)
        fcntl.flock(file, fcntl.LOCK_SH)
        yield alone


def counts_folder(settings: Settings) -> Path:
    """Where the processes of this machine count together."""
    return settings.data_dir / "metrics"


def number_of(settings: Settings, fresh: str) -> str:
    """Return what tells this data folder from others: *fresh* (at random) at the first time."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = settings.data_dir / "worker-id"
    if not file.exists():
        ours = file.with_suffix(f".{os.getpid()}")
        ours.write_text(fresh, encoding="ascii")
        try:
            os.link(ours, file)  # the first one wins, whoever else is starting
        except FileExistsError:
            pass
        finally:
            ours.unlink()
    return file.read_text(encoding="ascii").strip()


def _tried(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
