"""COMMAND of `stagelock lock`: a process group of its own, which is told, and ended, as a whole."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.cli.lock_signals import ENDING
from app.cli.lock_terminal import OF_TERMINALS, Terminal, stop

GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL; also between COMMAND's end by a signal and that of all of it."""
_LOOK_SECONDS = 0.1


class Command:
    """
    A command that was started, with all processes of its group. OSError: it cannot be.

    A group of its own, as `timeout` makes it: what is told to COMMAND reaches what it has started,
    too, and nobody else. What leaves the group (`setsid`, a job of an interactive shell) is not
    followed. Where we have the terminal, the group is given it: Ctrl-C and Ctrl-Z go there.
    """

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(words, env=dict(environ), process_group=0)
        self._group = self._process.pid
        self._told = False
        self._terminal = Terminal()
        if self._terminal.all_ours:
            self._terminal.lend(self._group)

    def tell(self, number: int) -> None:
        """Send the signal *number* to all of the group that we may send it to."""
        self._told = self._told or number in ENDING
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._group, number)
            if number in ENDING:
                os.killpg(self._group, signal.SIGCONT)  # who is stopped hears nothing else

    def ended(self) -> int:
        """
        Wait for its end; the exit code as shells tell it.

        Where a signal ended it, or it was told to end, nothing of its group is left then: what is
        GRACE_SECONDS later is killed. Else what it leaves in the background is its own business.
        """
        code = self._waited()
        self._terminal.take_back(self._group)
        self._terminal.close()
        if self._told or code < 0:
            self._clear()
        return 128 - code if code < 0 else code

    def _waited(self) -> int:
        while True:
            _, status = os.waitpid(self._process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                break
            self._stopped(os.WSTOPSIG(status))
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode

    def _stopped(self, number: int) -> None:
        """It was stopped: by Ctrl-Z, or since it wants the terminal, or by somebody's SIGSTOP."""
        terminal = self._terminal
        if number not in OF_TERMINALS or not terminal.there:
            return
        lent = terminal.lent
        if number == signal.SIGTSTP or not terminal.is_of(os.getpgrp(), self._group):
            terminal.take_back(self._group)
            stop(number)
        if lent or number != signal.SIGTSTP:
            terminal.lend(self._group)
        if not terminal.lent:
            time.sleep(_LOOK_SECONDS)  # no shell stops an orphan, which asks again and again
        self.tell(signal.SIGCONT)

    def _clear(self) -> None:
        """Wait until nothing of the group is left; what has not ended in time is killed."""
        end = time.monotonic() + GRACE_SECONDS
        while _any_lives(self._group):
            if time.monotonic() > end:
                self.tell(signal.SIGKILL)
            time.sleep(_LOOK_SECONDS)


def _any_lives(group: int) -> bool:
    """
    Whether a process of *group* has not ended.

    One that has, and that nobody has waited for, counts for the system as there: in a container
    without an init that is for ever.
    """
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # they are another user's: `sudo`
        return True
    states = [fields[0] for fields in _processes() if int(fields[2]) == group]
    return not states or any(state not in "ZX" for state in states)


def _processes() -> list[list[str]]:
    """State, parent, group and more of each process, where the system has /proc."""
    processes = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            processes.append(file.read_text(errors="replace").rpartition(")")[2].split())
    return processes
