"""The files of this repository that are its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tracked(*endings):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    names = sorted({name for name in listed if name and (ROOT / name).is_file()})
    return [name for name in names if name.endswith(endings)] if endings else names


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="ignore")
