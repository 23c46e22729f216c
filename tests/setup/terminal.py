"""`stagelock setup` in a terminal, as a real process: what it asks, and what is typed there."""

from __future__ import annotations

import subprocess
import sys
import threading

from tests.processes import PATIENCE, until


class Terminal:
    """*said* is what it printed until now."""

    def __init__(self, environ, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "setup", *options],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._out: list[str] = []
        self._err: list[str] = []
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        self._typed, self._streams = stdin, (stdin, stdout, stderr)
        streams = ((stdout, self._out), (stderr, self._err))
        self._readers = [
            threading.Thread(target=lines.extend, args=(stream,), daemon=True)
            for stream, lines in streams
        ]
        for one in self._readers:
            one.start()

    @property
    def said(self):
        return "".join(self._out)

    @property
    def err(self):
        return "".join(self._err)

    def asks(self, words):
        """Wait until it has said *words*."""
        until(lambda: words in self.said, PATIENCE, lambda: f"{words!r}: {self.said}{self.err}")
        return self

    def types(self, line):
        self._typed.write(f"{line}\n")
        self._typed.flush()

    def ends(self):
        """Its exit code; nothing more is typed."""
        self._typed.close()
        code = self.process.wait(PATIENCE)
        for one in self._readers:
            one.join(PATIENCE)
        return code

    def killed(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        for one in self._readers:
            one.join(PATIENCE)
        for stream in self._streams:
            stream.close()
