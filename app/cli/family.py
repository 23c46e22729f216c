"""Parent and child processes: who starts whom, and nobody outlives the one that started it."""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

LOOK_SECONDS = 0.25
GRACE_SECONDS = 1.5
"""
From losing the parent to ending by force. Twice both (a child's child) is far below 5 s, so that
it is below 5 s on a busy machine, too.
"""
STOP_SECONDS = 20.0
RESTART_SECONDS = 1.0

log = logging.getLogger("stagelock.processes")


CHILD_OPTION = "--child-of"


def add_child_option(parser: argparse.ArgumentParser) -> None:
    """The hidden option by which a process is told that it is a child, and whose."""
    parser.add_argument(CHILD_OPTION, type=int, metavar="PID", help=argparse.SUPPRESS)


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


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """
    A child: *arguments* of our own command line. *vital*: without it the whole ends, with code 3.

    Others are started again when they die.
    """

    name: str
    arguments: tuple[str, ...]
    vital: bool = False


class Supervisor:
    """
    Keeps child processes running until SIGTERM or Ctrl-C, then ends them all.

    *environ* is added to the environment of the children. *bury* is told the number of each
    process that died by itself, before another takes its place.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        environ: Mapping[str, str],
        bury: Callable[[int], None],
    ) -> None:
        self._specs = specs
        self._environ = environ
        self._bury = bury
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def run(self) -> int:
        """0 after a clean end, 3 if a vital child died."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stopping.set())
        try:
            for spec in self._specs:
                self._start(spec)
            while not self._stopping.wait(LOOK_SECONDS):
                if not self._look():
                    return 3
            return 0
        finally:
            self._end()

    def _start(self, spec: ChildSpec) -> None:
        argv = [sys.executable, "-m", "app", *spec.arguments, CHILD_OPTION, str(os.getpid())]
        self._running[spec.name] = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, env={**os.environ, **self._environ}
        )

    def _look(self) -> bool:
        for spec in self._specs:
            code = self._running[spec.name].poll()
            if code is None:
                continue
            log.error("%s ended with code %s", spec.name, code, extra={"action": "process.died"})
            if spec.vital:
                return False
            self._bury(self._running[spec.name].pid)
            self._stopping.wait(RESTART_SECONDS)
            if not self._stopping.is_set():
                self._start(spec)
        return True

    def _end(self) -> None:
        for child in self._running.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for name, child in self._running.items():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in time", name, extra={"action": "process.killed"})
                child.kill()
                child.wait()
