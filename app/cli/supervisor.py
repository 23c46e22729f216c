"""The first process: starts the others, watches them from outside, ends those that are stuck."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.cli.family import CHILD_OPTION, LOOK_SECONDS, PULSE_OPTION
from app.cli.memory import USED_UP, used_up
from app.cli.vitals import Limits, Vitals

STOP_SECONDS = 7.0
"""From SIGTERM to the end by force: all is over below 10 s, whatever runs."""
RESTART_SECONDS = 1.0
SPARED_SECONDS = 30.0
"""How long a spare stays after who it stands in for is free again."""

log = logging.getLogger("stagelock.processes")

Bury = Callable[[int, str], None]
"""Told of a process that died or was ended: its number, and why."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """A child. Those that are not *vital* are started again when they die."""

    name: str
    arguments: tuple[str, ...]
    """Of our own command line."""
    vital: bool = False
    """Without it the whole ends, with code 3."""
    watched: bool = False
    """
    It tells what it works on: stuck, it is ended; while it is busy with one thing for long, a spare
    works beside it.
    """


@dataclass(slots=True)
class _Child:
    spec: ChildSpec
    process: subprocess.Popen[bytes]
    vitals: Vitals | None
    why: str = ""
    """Why it was ended by us."""


class Supervisor:
    """
    Keeps child processes running until SIGTERM or Ctrl-C, then ends them all.

    *environ* is added to the environment of the children. *bury* is called in a thread of its own,
    so that nothing that it waits for keeps us from watching the others, or from ending.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        environ: Mapping[str, str],
        bury: Bury,
        *,
        limits: Limits | None = None,
        module: str = "app",
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._environ = environ
        self._bury = bury
        self._limits = limits or Limits()
        self._module = module
        self._running: dict[str, _Child] = {}
        self._due: dict[str, float] = {}
        self._busy: dict[str, float] = {}
        self._stopping = threading.Event()

    def run(self) -> int:
        """0 after a clean end, 3 if a vital child died."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stopping.set())
        try:
            for spec in self._specs.values():
                self._start(spec)
            return self._watch()
        finally:
            self._end()

    def _watch(self) -> int:
        last = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            if now - last > 1 + LOOK_SECONDS:
                self._slept(now - last)
            last = now
            if not all(self._is_well(child, now) for child in list(self._running.values())):
                return 3
            self._start_due(now)
        return 0

    def _start(self, spec: ChildSpec) -> None:
        argv = [sys.executable, "-m", self._module, *spec.arguments, CHILD_OPTION, str(os.getpid())]
        heard, told = os.pipe() if spec.watched else (None, None)
        process = subprocess.Popen(
            argv if told is None else [*argv, PULSE_OPTION, str(told)],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self._environ},
            pass_fds=() if told is None else (told,),
        )
        if told is not None:
            os.close(told)
        vitals = None if heard is None else Vitals(heard)
        self._running[spec.name] = _Child(spec, process, vitals)

    def _slept(self, seconds: float) -> None:
        """We did not look for a while (a machine that was paused): nobody else is at fault."""
        for child in self._running.values():
            if child.vitals is not None:
                child.vitals.slept(seconds)

    def _is_well(self, child: _Child, now: float) -> bool:
        """Look at one child; False where all must end with it."""
        if child.vitals is not None:
            child.vitals.hear(now)
        code = child.process.poll()
        if code is None:
            self._judge(child, now)
            return True
        del self._running[child.spec.name]
        if child.vitals is not None:
            child.vitals.close()
        if child.spec.name not in self._specs and code == 0:
            return True  # a spare that is not needed any more
        self._died(child, code, now)
        return not child.spec.vital

    def _judge(self, child: _Child, now: float) -> None:
        """End a child that is stuck; give one that is busy for long a spare."""
        if child.vitals is None or child.why:
            return
        child.why = child.vitals.why_ended(now, self._limits)
        if child.why:
            child.process.kill()
        elif child.spec.name in self._specs:
            self._spare(child.spec, now, busy=child.vitals.is_long(now, self._limits))

    def _died(self, child: _Child, code: int, now: float) -> None:
        name, key = child.spec.name, child.vitals.key if child.vitals is not None else ""
        why = child.why or _ending(code)
        log.error("%s: %s", name, why, extra={"action": "process.died", "key": key or None})
        if child.spec.vital:
            return
        threading.Thread(
            target=self._bury, args=(child.process.pid, why), name=f"burial {name}", daemon=True
        ).start()
        if name in self._specs:
            self._due[name] = now + RESTART_SECONDS

    def _start_due(self, now: float) -> None:
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            self._start(self._specs[name])

    def _spare(self, spec: ChildSpec, now: float, *, busy: bool) -> None:
        """Others do not wait for one thing that takes long: somebody else works for them."""
        name = f"{spec.name} spare"
        spare = self._running.get(name)
        if busy:
            self._busy[name] = now
            if spare is None:
                log.warning("%s is busy for long", spec.name, extra={"action": "process.spared"})
                self._start(ChildSpec(name, spec.arguments, watched=True))
        elif spare is not None and now - self._busy[name] > SPARED_SECONDS:
            spare.process.terminate()

    def _end(self) -> None:
        for child in self._running.values():
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for name, child in self._running.items():
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in time", name, extra={"action": "process.killed"})
                child.process.kill()
                child.process.wait()


def _ending(code: int) -> str:
    """Why a process ended that was not ended by us, as people read it."""
    if code == USED_UP:
        return used_up()
    if code == -signal.SIGKILL:
        return "died of signal 9, as where the machine's memory is used up"
    return f"died of signal {-code}" if code < 0 else f"ended with code {code}"
