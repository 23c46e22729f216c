"""What this machine's disk holds of ours, for the metrics: the work processes write it down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app.ports.gauge import Gauge

USAGE = "usage"


def beside(store: Callable[[], Iterable[Gauge]], data_dir: Path) -> Callable[[], Sequence[Gauge]]:
    """Answer with the numbers of the *store*, and with those of the disk."""
    return lambda: (*store(), *gauges(data_dir))


def gauges(data_dir: Path) -> Sequence[Gauge]:
    """The room that is left, and the mirrors as they were weighed at this machine's last sweep."""
    gauges = []
    try:
        gauges.append(Gauge("disk_free_bytes", shutil.disk_usage(data_dir).free))
        count, size = (data_dir / "mirrors" / USAGE).read_text().split()
        gauges += [Gauge("mirrors", int(count)), Gauge("mirrors_bytes", int(size))]
    except (OSError, ValueError):
        pass  # nothing was weighed yet
    return gauges
