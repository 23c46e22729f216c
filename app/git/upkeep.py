"""What mirrors take of the disk: those of nobody go, and those that have outgrown are marked."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

UNUSED_SECONDS = 1800
"""Three times as long as a tick may take: so long nobody has opened it."""
LEFT_SECONDS = 86400
GROWN, ROOM = 4, 256 << 20
"""A mirror may grow to so many times its first size, and so many bytes more."""
USAGE = "usage"
_FIRST, _OUTGROWN = "stagelock-first-size", "stagelock-outgrown"
_USED = "HEAD"


def used(folder: Path) -> None:
    """Somebody opens the mirror now."""
    (folder / _USED).touch()


def outgrown(folder: Path) -> bool:
    """Tell whether it has to be made anew: git never gives up what a server once gave it."""
    return (folder / _OUTGROWN).exists()


def upkeep(
    root: Path, known: Collection[int], lock: Callable[[int], AbstractContextManager[None]]
) -> None:
    """
    Delete the mirrors below *root* of repositories that are not *known*, and what killed processes
    left; mark what has outgrown; and write down what is there, for the metrics.
    """
    count, total = 0, 0
    for folder in sorted(root.glob("*.git")):
        repo_id = folder.stem
        if not repo_id.isdecimal():
            continue
        if int(repo_id) not in known and _idle(folder / _USED, UNUSED_SECONDS):
            with lock(int(repo_id)):
                shutil.rmtree(folder, ignore_errors=True)
            continue
        size = weigh(folder)
        count, total = count + 1, total + size
        _compare(folder, size)
    for left in (*root.glob("look-*"), *root.glob("*.new")):
        if _idle(left, LEFT_SECONDS):
            shutil.rmtree(left, ignore_errors=True)
    if root.exists():
        made = root / f"{USAGE}.{os.getpid()}"
        made.write_text(f"{count} {total}\n")
        made.replace(root / USAGE)


def weigh(folder: Path) -> int:
    """The bytes of all files below *folder*."""
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                yield Path(place, name).lstat().st_size


def _compare(folder: Path, size: int) -> None:
    first = folder / _FIRST
    with contextlib.suppress(FileNotFoundError):  # made anew just now
        if not first.exists():
            first.write_text(f"{size}\n")
        elif size > GROWN * int(first.read_text()) + ROOM:
            (folder / _OUTGROWN).touch()


def _idle(path: Path, seconds: float) -> bool:
    now = time.time()  # noqa: TID251 - files have the machine's time
    try:
        return path.stat().st_mtime < now - seconds
    except FileNotFoundError:
        return False
