"""A container runtime of this machine, spoken to as an operator does: docker, or podman in its words."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

PROGRAMS = ("docker", "podman")
BUILD_SECONDS = 900.0


@cache
def program() -> str:
    """The first of `PROGRAMS` whose runtime answers here; "" where none does."""
    for one in PROGRAMS:
        if shutil.which(one) and _said(one, "info").returncode == 0:
            return one
    return ""


@cache
def why_none() -> str:
    """Why no image can be built here; "" where it can."""
    return "" if program() else f"no container runtime answers here ({' or '.join(PROGRAMS)})"


def said(*words: str) -> str:
    """What the runtime prints; it must succeed."""
    done = _said(program(), *words)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.strip()


def _said(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
