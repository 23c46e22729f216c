"""
How much memory one work process may take: the system refuses it more, and it ends alone.

Without a bound the kernel ends what it likes, or the whole container, and all start again with the
same look. https://man7.org/linux/man-pages/man2/setrlimit.2.html (RLIMIT_DATA)
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

USED_UP = 77
"""The exit code of a work process that was refused memory; no command ends so."""
LEAST = 512 << 20
"""Bytes that a work process needs for itself, and for large repositories."""
_ROOT = Path("/")


def bound(limit: int | None = None) -> None:
    """Let this process, and each that it starts, have *limit* bytes, or what `share` says."""
    limit = share() if limit is None else limit
    if limit is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [ceiling for ceiling in (soft, hard) if ceiling != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([limit, *known]), hard))


def share(root: Path = _ROOT) -> int | None:
    """
    Half of the memory of this container or machine, but never less than `LEAST`: one process and
    the git that it started fit into it together. None where nobody can tell.
    """
    if sys.platform != "linux":
        return None
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(min([there, *_limits(root)]) // 2, LEAST)


def used_up() -> str:
    """Why a process ended that was refused memory."""
    limit = share()
    return "it took all the memory that it may" + (f", {limit >> 20} MiB" if limit else "")


def _limits(root: Path) -> Iterator[int]:
    """
    What the groups of this process may take, and those around them; both versions of cgroups
    (https://docs.kernel.org/admin-guide/cgroup-v2.html).
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            folder, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for end in range(len(parts) + 1):
            said = _text(folder.joinpath(*parts[:end], name)).strip()
            if said.isdecimal():
                yield int(said)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
