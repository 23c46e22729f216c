"""The short ids at the end of our messages, which open an entry of the audit."""

from __future__ import annotations

import base64
import hashlib


def event_id(*parts: object) -> str:
    """
    Name an event by what it is about: the same *parts*, the same eight letters and digits.

    Parts are taken by their text and kept apart, so ("a", "bc") and ("ab", "c") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode() + text)
    return base64.b32encode(digest.digest()[:5]).decode("ascii").lower()
