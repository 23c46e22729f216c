"""Our controlling terminal, lent to the process group of a command as a shell lends it to a job."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

OF_TERMINALS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
"""What stops a job: Ctrl-Z, or that it wants a terminal which is another's."""
_IN, _OUT = 0, 1


class Terminal:
    """The terminal that sends us Ctrl-C, where there is one; *lent*: to another group."""

    def __init__(self) -> None:
        self.lent = False
        self._file: int | None = None
        with suppress(OSError):  # there is none
            self._file = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)

    @property
    def there(self) -> bool:
        """Whether we have one."""
        return self._file is not None

    @property
    def all_ours(self) -> bool:
        """We read from it and write to it: no pager beside us wants it, too."""
        return os.isatty(_IN) and os.isatty(_OUT)

    def is_of(self, *groups: int) -> bool:
        """Whether one of *groups* is in the foreground."""
        if self._file is not None:
            with suppress(OSError):  # it was closed
                return os.tcgetpgrp(self._file) in groups
        return False

    def lend(self, group: int) -> None:
        """Put *group* into the foreground, if that is where we are."""
        if self._file is not None and self.is_of(os.getpgrp()):
            _set_foreground(self._file, group)
            self.lent = True

    def take_back(self, group: int) -> None:
        """We are in the foreground again, if *group* has it by us."""
        if self._file is not None and self.lent and self.is_of(group):
            _set_foreground(self._file, os.getpgrp())
        self.lent = False


def _set_foreground(terminal: int, group: int) -> None:
    # Who is in the background and does this is stopped, unless it does not hear of it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        with suppress(OSError):  # the group has ended, or the terminal was closed
            os.tcsetpgrp(terminal, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop(number: int) -> None:
    """*number* stops us, and all of the job that our shell has us in; returns once continued."""
    before = signal.signal(number, signal.SIG_DFL)
    os.kill(0, number)
    signal.signal(number, before)
