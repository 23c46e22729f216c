"""A server of ours as an operator starts it: real processes, watched from outside."""

import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

SECRET = "a webhook secret"
PATIENCE = 90.0
"""
Seconds after which what a test waits for counts as never coming. It costs nothing where it comes, so
it is for a machine that is slow and does much else.
"""


def until(condition, seconds, what):
    """
    Wait for *condition*, at most *seconds*; the seconds that it took.

    *what* is said if it never comes: a sentence, or what makes one when it is needed.
    """
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, what() if callable(what) else what
        time.sleep(0.05)
    return time.monotonic() - start


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def descendants(pid):
    """All processes below *pid*."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


class Running:
    """A started `stagelock`; what it prints is collected, `url` is what it said."""

    def __init__(self, arguments, environ, module="app"):
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out = []
        self.err = []
        self._readers = []
        self.hear()

    def hear(self):
        """Collect what it prints, in threads that end when nobody can print there any more."""
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            reader = threading.Thread(target=lines.extend, args=(stream,), daemon=True)
            self._readers.append(reader)
            reader.start()

    def wait_until_ready(self):
        self.wait_for(lambda: self._ready, "it did not say that it is ready")
        return self

    @property
    def _ready(self):
        return next((line for line in self.out if "is ready on" in line), None)

    def wait_for(self, condition, what, seconds=PATIENCE):
        def met():
            assert self.process.poll() is None, f"it ended: {''.join(self.err)}"
            return condition()

        return until(met, seconds, lambda: f"{what}: {''.join(self.err)}")

    @property
    def url(self):
        found = re.search(r"http://\S+", self._ready)
        assert found is not None, self._ready
        return found[0]

    def get(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def children(self):
        return descendants(self.process.pid)

    def end(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Ask it to end; as `ended`."""
        self.process.send_signal(number)
        return self.ended(seconds)

    def ended(self, seconds=PATIENCE):
        """Its exit code, within *seconds*, once all that it and its processes printed was read."""
        code = self.process.wait(seconds)
        self.heard()
        return code

    def heard(self):
        """Wait for the end of what it prints; none of its processes may be alive."""
        for reader in self._readers:
            reader.join(PATIENCE)
            assert not reader.is_alive(), "some process of it still has its output"


def killed(running):
    """Kill `Running`s and all their processes, however they are; their streams are closed."""
    for one in running:
        children = one.children()
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(PATIENCE)
        for child in children:
            with suppress(ProcessLookupError):
                if alive(child):
                    os.kill(child, signal.SIGKILL)
    for one in running:
        one.heard()
        for stream in (one.process.stdout, one.process.stderr):
            stream.close()


def paced(count, seconds):
    """0 to *count* - 1, each *seconds* after the one before, however long the work between takes."""
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * seconds - time.monotonic()))
        yield number


def signed(secret: str, body: bytes, kind: str = "sha256") -> str:
    return f"{kind}={hmac.new(secret.encode(), body, getattr(hashlib, kind)).hexdigest()}"
