"""Making a mirror, telling a damaged one, and tidying one up."""

from __future__ import annotations

import contextlib
import math
import re
import shutil
import time
from pathlib import Path

import pygit2

from app.errors import Transient
from app.gitplumbing import run
from app.gitplumbing.remote import CLONE_SECONDS, Remote

MANY_PACKS = 50
# A 256th of gc.auto's default, as git itself estimates: https://git-scm.com/docs/git-gc
MANY_LOOSE = 27
TIDY_SECONDS = 600
ABANDONED_SECONDS = 10
FSCK_SECONDS = 600
SOUND_SECONDS = 3600
_SOUND: dict[Path, float] = {}
# https://git-scm.com/docs/git-fsck: bits of its exit code are errors in objects that are whole (1),
# missing ones (2), packs (4) and refs (8); from 128 on it cannot work there at all.
_DAMAGED = 2 | 4 | 8 | 128
_TORN = re.compile(rb"corrupt or missing|hash mismatch|unable to unpack|inflate: data stream error")
_TIDIED = "stagelock-tidied"
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
\tlogAllRefUpdates = false
[remote "origin"]
\tpromisor = true
\tpartialclonefilter = blob:none
[gc]
\tpruneExpire = 2.weeks.ago
"""


def ensure(folder: Path, remote: Remote) -> None:
    """Make the mirror unless one can be opened."""
    if not folder.exists() or not _opens(folder):
        make(folder, remote)


def make(folder: Path, remote: Remote) -> None:
    """Fetch a new mirror and put it in the place of what is there; all of it or nothing."""
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    bare(fresh)
    remote.takes(CLONE_SECONDS)
    try:
        remote.fetch(fresh, timeout=CLONE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def unlock(folder: Path) -> bool:
    """
    Remove locks that a killed git left behind; True if there were any.

    Git holds them for moments, and never removes one that it did not make.
    """
    old = time.time() - ABANDONED_SECONDS  # noqa: TID251 - files have the machine's time
    paths = (*folder.glob("*.lock"), *folder.glob("refs/**/*.lock"))
    left = [lock for lock in paths if _age(lock) < old]
    for lock in left:
        lock.unlink(missing_ok=True)
    return bool(left)


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def is_worn(folder: Path) -> bool:
    """Tell whether fetches and pushes have left so many files that looking things up gets slow."""
    packs = sum(1 for _ in (folder / "objects" / "pack").glob("*.pack"))
    return packs > MANY_PACKS or _loose(folder) - _left(folder) > MANY_LOOSE


def tidy(folder: Path) -> None:
    """
    Pack the mirror; what nothing reaches stays for two weeks, since renderings are not pushed.

    Where that fails the mirror works without; a later fetch tries again.
    """
    with contextlib.suppress(Transient):
        run("gc", "--quiet", git_dir=folder, timeout=TIDY_SECONDS)
    # What is loose still will be so at the next fetch, too: no reason to tidy at each.
    (folder / _TIDIED).write_text(f"{_loose(folder)}\n")


def is_damaged(folder: Path, *, lately: bool = False) -> bool:
    """
    Ask git whether it finds the mirror damaged: an object gone or torn, a ref that names nothing.

    What is odd in an object that is whole (git says so of many that it takes) is no damage.
    *lately*: what was found sound within the last hour is not looked through again.
    """
    now = time.monotonic()
    if lately and now - _SOUND.get(folder, -math.inf) < SOUND_SECONDS:
        return False
    told = run("fsck", "--no-dangling", "--no-progress", git_dir=folder, timeout=FSCK_SECONDS)
    damaged = bool(told.code & _DAMAGED) or _TORN.search(told.err) is not None
    _SOUND.pop(folder, None)
    if not damaged:
        _SOUND[folder] = now
    return damaged


def _loose(folder: Path) -> int:
    return sum(1 for _ in (folder / "objects" / "17").glob("*"))


def _left(folder: Path) -> int:
    try:
        return int((folder / _TIDIED).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def bare(folder: Path) -> None:
    """Lay out an empty repository that fetches without blobs; *folder* may exist if it is empty."""
    for part in ("objects/info", "objects/pack", "refs/heads"):
        (folder / part).mkdir(parents=True)
    # HEAD names no branch: none of the mirrored ones is ours.
    (folder / "HEAD").write_text("ref: refs/heads/.none\n")
    (folder / "config").write_text(_CONFIG)


def _opens(folder: Path) -> bool:
    try:
        pygit2.Repository(str(folder)).raw_listall_references()
    except pygit2.GitError:
        return False
    return True
