"""What every package of tests may use."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import parts
from tests.deploy.confined import why_not
from tests.deploy.runtime import why_none
from tests.postgres import migrated_postgres, postgres, postgres_url

# Time limits of single examples say more about the machine than about the code. On a server that
# judges changes, the same examples are drawn each time: what is found at random is found at a desk,
# where what fails prints how it is drawn again.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("desk", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

RAM, ROOM = Path("/dev/shm"), 4 << 30


def roomy(place: Path) -> bool:
    """Tell whether there is room for everything that tests make, and programs may be started there."""
    if not os.access(place, os.W_OK | os.X_OK):
        return False
    about = os.statvfs(place)
    return about.f_bavail * about.f_frsize > ROOM and not about.f_flag & os.ST_NOEXEC


# Every commit of a database and every object of git would wait for the disk, for nothing: all of it
# is thrown away. Who sets TMPDIR decides.
if "TMPDIR" not in os.environ and roomy(RAM):
    os.environ["TMPDIR"] = tempfile.tempdir = str(RAM)

__all__ = ["migrated_postgres", "postgres", "postgres_url"]


def pytest_collection_finish() -> None:
    """
    What is imported and collected by now stays to the end: the collector of cycles need not walk
    through it again and again, and what tests make is mostly gone before it looks.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the slow tests, keep a part where only that is asked for."""
    parts.keep_part(config, items)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-push`: the whole table of pushes over every transport, not only a part of it."""
    parser.addoption("--every-push", action="store_true")


ROOMS = ("deploy/test_unit.py", "deploy/test_containers.py", "deploy/test_image.py")
"""They start commands in rooms of their own, which not every machine lets us make."""
RUNTIME = ("deploy/test_runtime.py",)
LEFT_OUT = {why: files for why, files in ((why_not(), ROOMS), (why_none(), RUNTIME)) if why}
collect_ignore = [file for files in LEFT_OUT.values() for file in files]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out, and why."""
    for why, files in LEFT_OUT.items():
        terminalreporter.write_line(f"left out: {', '.join(files)}: {why}")
    if parts.told():
        terminalreporter.write_line(parts.told())
