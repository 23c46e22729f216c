"""The signals that come to `stagelock lock`: what one means depends on what is under way."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
HEARD = (*ENDING, signal.SIGUSR1, signal.SIGUSR2)
SETTLING_SECONDS = 5.0
"""How long a signal waits for the answer to what the server was asked before it came."""

Act = Callable[[int], None]


class Interrupted(Exception):
    """A signal ended what was under way."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """As shells tell it: 130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + self.number


class Signals:
    """Those that come while they are heard: each is kept until somebody says what it means."""

    def __init__(self) -> None:
        self._kept: list[int] = []
        self._act: Act = self._keep

    @contextmanager
    def heard(self) -> Iterator[Signals]:
        """From here on none ends us; those that were ignored stay so (`nohup`)."""
        with handled(HEARD, self._come):
            yield self

    @property
    def waiting(self) -> bool:
        """Whether one has come that nobody has heeded."""
        return bool(self._kept)

    @contextmanager
    def acting(self, act: Act) -> Iterator[None]:
        """What has come, and comes, goes to *act*."""
        before, self._act = self._act, act
        try:
            self._pass_on()
            yield
        finally:
            self._act = before

    def interrupting(self) -> AbstractContextManager[None]:
        """The first ends what is under way (Interrupted); later ones are kept."""
        return self.acting(self._interrupt)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """
        One that comes is kept until the end of what is under way.

        Interrupted: a second one came, or that end did not come within SETTLING_SECONDS.
        """
        before, self._act = self._act, self._settle
        try:
            with handled((signal.SIGALRM,), self._settle):
                if self._kept:
                    signal.setitimer(signal.ITIMER_REAL, SETTLING_SECONDS)
                yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._act = before
            self._pass_on()

    def sleep(self, seconds: float) -> None:
        """Sleep until one has come, which is kept."""
        try:
            with self.interrupting():
                time.sleep(seconds)
        except Interrupted as interrupted:
            self._keep(interrupted.number)

    def _come(self, number: int) -> None:
        self._act(number)

    def _pass_on(self) -> None:
        kept, self._kept = self._kept, []
        for number in kept:
            self._act(number)

    def _keep(self, number: int) -> None:
        self._kept.append(number)

    def _interrupt(self, number: int) -> None:
        self._act = self._keep
        raise Interrupted(number)

    def _settle(self, number: int) -> None:
        if self._kept:
            self._act = self._keep
            raise Interrupted(self._kept.pop(0))
        self._keep(number)
        signal.setitimer(signal.ITIMER_REAL, SETTLING_SECONDS)


@contextmanager
def handled(numbers: Iterable[signal.Signals], act: Act) -> Iterator[None]:
    """*act* is told of each of *numbers* that comes, but of those that are ignored."""

    def handle(number: int, _frame: FrameType | None) -> None:
        act(number)

    taken = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
