"""What the numbers depend on, besides the code."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path


def described() -> dict[str, str]:
    """The machine, the programs, the commit and the day, as people read them."""
    dirty = _asked("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "commit": _asked("git", "rev-parse", "--short=10", "HEAD") + (" (edited)" if dirty else ""),
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "load": f"{os.getloadavg()[0]:.1f} before the run",
        "system": f"{_system()}, {platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "git": _asked("git", "--version").removeprefix("git version "),
    }


def _asked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "unknown")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return sys.platform
