"""Run a command while a grant is held: renewed beside it, given back behind it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence

from app.cli.lock_command import GRACE_SECONDS, Command
from app.cli.lock_request import Request
from app.cli.lock_signals import Signals, handled
from app.cli.out import complain
from app.errors import Transient

NOT_FOUND, NOT_EXECUTABLE = 127, 126


def run_under(
    request: Request, words: Sequence[str], environ: Mapping[str, str], signals: Signals
) -> int:
    """Run a command under the grant of *request*; its exit code, 1 where the lock was taken."""
    try:
        command = Command(words, environ)
    except OSError as error:
        request.leave(signals)
        complain(f"stagelock lock: {words[0]}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    over = threading.Event()
    beats = Heartbeats(request, command, over)
    with signals.acting(command.tell), handled([signal.SIGTSTP], command.tell):
        beats.start()
        code = command.ended()
    over.set()
    beats.join()
    request.leave(signals)
    return 1 if beats.taken else code


class Heartbeats(threading.Thread):
    """Renews the grant until the command is *over*; ends that when the grant is *taken*."""

    def __init__(self, request: Request, command: Command, over: threading.Event) -> None:
        super().__init__(name="heartbeats", daemon=True)
        self._request, self._command, self._over = request, command, over
        self.taken = False

    def run(self) -> None:
        pause = self._request.ttl.total_seconds() / 3
        while not self._over.wait(pause):
            try:
                if self._request.renew():
                    continue
            except Transient as error:
                complain(f"stagelock lock: {error.message}; retrying; the command keeps running")
                continue
            self._end()
            return

    def _end(self) -> None:
        self.taken = True
        group = self._request.place.group
        complain(f"stagelock lock: {group} is no longer held: ending the command")
        self._command.tell(signal.SIGTERM)
        if not self._over.wait(GRACE_SECONDS):
            self._command.tell(signal.SIGKILL)
