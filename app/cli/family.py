"""Child processes: they know whose they are, and nobody outlives the one that started it."""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

LOOK_SECONDS = 0.25
GRACE_SECONDS = 1.5
"""
From losing the parent to ending by force. Twice both (a child's child) is far below 5 s, so that
it is below 5 s on a busy machine, too.
"""
CHILD_OPTION, PULSE_OPTION = "--child-of", "--pulse"


def add_child_option(parser: argparse.ArgumentParser) -> None:
    """The hidden options by which a process is told whose child it is, and where to be heard."""
    parser.add_argument(CHILD_OPTION, type=int, metavar="PID", help=argparse.SUPPRESS)
    parser.add_argument(PULSE_OPTION, type=int, metavar="FD", help=argparse.SUPPRESS)


def watch_parent(arguments: Sequence[str]) -> None:
    """
    Begin to watch the parent if *arguments* (of the command line) name one.

    For the first moments of a process: imports take seconds on a busy machine.
    """
    for option, value in itertools.pairwise(arguments):
        if option == CHILD_OPTION and value.isdecimal():
            end_with_parent(int(value))


def end_with_parent(parent: int) -> None:
    """
    Terminate this process soon after *parent* is gone, by force if SIGTERM does not end it.

    Looked up by polling: works on every system, and whatever the parent died of.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def on_termination(stop: Callable[[], None]) -> None:
    """SIGTERM calls *stop*. Ctrl-C is left to the parent, which terminates its children."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
