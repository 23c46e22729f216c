"""
Whose commit it is, by its SSH signature: one `ssh-keygen -Y verify` for each commit that matters.

https://man.openbsd.org/ssh-keygen#Y~4, and the form of signed commits:
https://git-scm.com/docs/signature-format
"""

from __future__ import annotations

import os
import tempfile

from app.hook.objects import BrokenError
from app.hook.processes import Process, answer

PRINCIPAL = "promoter"
"""The one name in the file of allowed signers that `hook install` writes."""
MAX_SIGNATURE = 16 << 10
_FIELD = b"gpgsig "


class Signatures:
    """Signatures by the keys in the file *signers*; each commit is asked about once."""

    def __init__(self, signers: str) -> None:
        self._signers = signers
        self._known: dict[str, bool] = {}

    def good(self, commit: str, raw: bytes) -> bool:
        """Tell whether the promoter signed *commit*, whose content is *raw*."""
        if commit not in self._known:
            content, signature = split(raw)
            fits = bool(signature) and len(signature) <= MAX_SIGNATURE
            self._known[commit] = fits and self._verify(content, signature)
        return self._known[commit]

    def _verify(self, content: bytes, signature: bytes) -> bool:
        if not os.path.isfile(self._signers):
            raise BrokenError("stagelock.signers names no file on the server")
        handle, path = tempfile.mkstemp(prefix="stagelock-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(signature)
            words = ("ssh-keygen", "-Y", "verify", "-n", "git", "-I", PRINCIPAL)
            env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
            asked = Process((*words, "-f", self._signers, "-s", path), env, talks=True)
            code, _ = answer(asked, content)
        except FileNotFoundError as error:
            raise BrokenError("ssh-keygen is missing on the server") from error
        finally:
            os.unlink(path)
        return code == 0


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Take a raw commit apart: (what was signed, the signature); an empty one: it has none."""
    head, gap, said = raw.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    inside = False
    for line in head.split(b"\n"):
        inside = line.startswith(_FIELD) or (inside and line.startswith(b" "))
        if not inside:
            kept.append(line)
        else:
            signature.append(line.removeprefix(_FIELD) if line.startswith(_FIELD) else line[1:])
    armoured = b"\n".join(signature) + b"\n" if signature else b""
    return b"\n".join(kept) + gap + said, armoured
