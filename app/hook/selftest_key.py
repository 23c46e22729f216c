"""A key for as long as `stagelock hook test` runs: it shows whether signatures are verified."""

from __future__ import annotations

import subprocess
from pathlib import Path


class TrialKey:
    """A fresh ed25519 key in *folder*; *public* is its ``.pub`` file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "key"
        self._keygen("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(self._file))
        self.public = f"{self._file}.pub"

    def signed(self, raw: bytes) -> bytes:
        """*raw*, a commit's content, with its signature in it."""
        armoured = self._keygen("-Y", "sign", "-q", "-n", "git", "-f", str(self._file), stdin=raw)
        head, gap, said = raw.partition(b"\n\n")
        field = b"gpgsig " + armoured.rstrip(b"\n").replace(b"\n", b"\n ")
        return head + b"\n" + field + gap + said

    def _keygen(self, *words: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["ssh-keygen", *words], input=stdin, capture_output=True, check=True)
        return done.stdout
