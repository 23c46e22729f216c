"""Timing variants side by side in one run, and saying what was measured where."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Times = dict[str, list[float]]


def measure(
    variants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    before: Callable[[], object] = lambda: None,
) -> Times:
    """
    Run each variant once a round, in turn, after an untimed *before*; seconds by variant.

    Interleaved, so that a slow minute of the machine is everybody's slow minute.
    """
    times: Times = {name: [] for name in variants}
    for _ in range(rounds):
        for name, run in variants.items():
            before()
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return times


def report(title: str, times: Times, *, ours: str) -> None:
    """Print the medians against those of *ours* as a table, then everything as a line of JSON."""
    reference = statistics.median(times[ours])
    width = max(len(name) for name in times)
    print(f"\n{title}")
    print(f"{'':{width}}  {'median':>10}  {'best':>10}  {'worst':>10}  {'ratio':>7}")
    for name, seconds in times.items():
        median, best, worst = statistics.median(seconds), min(seconds), max(seconds)
        row = "  ".join(f"{value * 1000:7.1f} ms" for value in (median, best, worst))
        print(f"{name:{width}}  {row}  {median / reference:6.1f}x")
    print(json.dumps({"title": title, "seconds": times, "ours": ours, **machine()}), flush=True)


def machine() -> dict[str, str]:
    """What the numbers depend on, besides the code."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}",
        "python": sys.version.split()[0],
        "git": _asked("git", "--version").removeprefix("git version "),
        "commit": _asked("git", "rev-parse", "HEAD"),
    }


def _asked(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
