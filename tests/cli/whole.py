"""Run the whole program, in its own process."""

import os
import subprocess
import sys

from tests.processes import PATIENCE


def stagelock(*arguments, cwd=None, **environ):
    """The finished process; it has no settings but *environ*, and its output is text."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAGELOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**kept, **environ},
        timeout=PATIENCE,
        check=False,
    )
