"""COMMAND of `stagelock lock` and all that it starts, when it is told to end: rule L71, with real processes."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.asking import ended
from tests.cli.granting import granting, locking
from tests.processes import PATIENCE, alive, until

CHILD = """
import os, pathlib, signal, sys, time
kind, file = sys.argv[1], pathlib.Path(sys.argv[2])
def told(*_):
    time.sleep(0 if kind == "hears" else 1)
    sys.exit()
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN if kind == "deaf" else told)
file.with_suffix(".new").write_text(str(os.getpid()))
file.with_suffix(".new").rename(file)
while True:
    time.sleep(0.05)
"""
"""A job that a script starts: one that ends a second after it was told to, or one that is deaf."""


@pytest.fixture
def child(tmp_path):
    """The words that start it, and its number once it runs; it is killed at the end."""
    file = tmp_path / "child"

    class Child:
        def words(self, kind):
            return f"{sys.executable} {tmp_path / 'job.py'} {kind} {file}"

        @property
        def pid(self):
            until(file.exists, PATIENCE, "it was not started")
            return int(file.read_text())

        def lives(self):
            return alive(self.pid)

    (tmp_path / "job.py").write_text(CHILD)
    yield Child()
    if file.exists():
        with suppress(ProcessLookupError):
            os.kill(int(Path(file).read_text()), signal.SIGKILL)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGTERM, "slow"), (signal.SIGTERM, "deaf"), (signal.SIGINT, "slow")],
)
def test_a_signal_reaches_all_of_the_command_and_the_lock_is_given_back_behind_it(
    child, number, kind
):
    there = []
    words = ("sh", "-c", f"{child.words(kind)}; true")
    with (
        granting(seen=lambda: there.append(child.lives())) as server,
        locking(server, *words) as process,
    ):
        assert child.pid
        process.send_signal(number)
        code, _, err = ended(process)

    assert code == 128 + number, err
    assert there == [False], "the second would have been let in beside it"


def test_a_lock_that_is_taken_away_ends_all_of_the_command(child):
    words = ("sh", "-c", f"{child.words('slow')} & wait")
    with granting([409]) as server, locking(server, *words) as process:
        assert child.pid
        code, _, err = ended(process)

        assert (code, child.lives()) == (1, False), err


def test_what_a_command_leaves_in_the_background_on_purpose_goes_on(child, tmp_path):
    words = (
        "sh",
        "-c",
        f"{child.words('hears')} >&- 2>&- & until [ -e {tmp_path}/child ]; do :; done; exit 7",
    )
    with granting() as server, locking(server, *words) as process:
        code, _, err = ended(process)

        assert (code, server.heard[-1]) == (7, "release"), err
        assert child.lives()
