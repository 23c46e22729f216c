"""
Counts of several processes in one scrape: prometheus_client's multiprocess mode, made safe.

A supervisor gives its children a folder (`prepare`); each process counts in files of its own there,
and whoever is scraped adds them up. A process that died keeps its counts: they only ever rise. The
folder is emptied when nobody works in it, so there is nothing to clean up in between.

https://prometheus.github.io/client_python/multiprocess/
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.errors import Transient

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus_client when it is imported."""

ROOM = 1 << 20
"""Bytes of each file, taken from the disk at once: see `reserve`."""


def prepare(folder: Path, *, alone: bool) -> Mapping[str, str]:
    """
    Make the folder ready; what the environment of the children needs.

    *alone*: no process of ours is at work there, so that what it holds is history.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if alone:
        for file in folder.glob("*.db"):
            file.unlink(missing_ok=True)
    return {VARIABLE: str(folder)}


def reserve() -> None:
    """
    Take the disk's room for this process's files now, before anything is counted.

    They are written through memory maps: on a full disk a hole in one would end the process by a
    signal. Transient where there is no room.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    for kind in ("counter", "histogram", "summary"):
        try:
            with (Path(folder) / f"{kind}_{os.getpid()}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
        except OSError as error:
            message = f"no room for counts in {folder}: {error.strerror}"
            raise Transient(message) from error


def shared(folder: Path | None = None) -> Collector | None:
    """
    Collect what all processes of *folder* (default: this process's) counted; None where this one
    counts for itself.
    """
    place = folder or os.environ.get(VARIABLE)
    if not place:
        return None
    return cast("Collector", MultiProcessCollector(None, str(place)))  # type: ignore[no-untyped-call]
