"""One HTTP request as it arrives: is it whole? Its head is read only as far as that takes."""

from __future__ import annotations

import re
from enum import Enum

_HEAD_BYTES = 64 << 10
_END = b"\r\n\r\n"
_NUMBER = re.compile(rb"[0-9]{1,15}")


class Verdict(Enum):
    """What is to be done with what has arrived."""

    MORE = ""
    WHOLE = "200 OK"
    LATE = "408 Request Timeout"
    UNSIZED = "411 Length Required"
    LARGE = "413 Content Too Large"
    LONG_HEAD = "431 Request Header Fields Too Large"

    @property
    def answer(self) -> bytes:
        """The answer to who is refused."""
        return f"HTTP/1.1 {self.value}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()


class Arriving:
    """
    Collects one request in *data*, with a body of at most *limit* bytes, *until* a time.

    What is no request is whole as soon as its head is: gunicorn says what is wrong with it.
    *expected* is the size of its body, from the moment at which it is known.
    """

    def __init__(self, limit: int, until: float) -> None:
        self._limit = limit
        self._size = 0
        self._looked = 0
        self.until = until
        self.expected = 0
        self.data = bytearray()

    def take(self, data: bytes) -> Verdict:
        """Add what arrived; what follows from it."""
        self.data += data
        if not self._size:
            end = self.data.find(_END, max(0, self._looked - len(_END)))
            self._looked = len(self.data)
            if end < 0:
                return Verdict.LONG_HEAD if len(self.data) > _HEAD_BYTES else Verdict.MORE
            verdict = self._sized(bytes(self.data[:end]), end + len(_END))
            if verdict is not None:
                return verdict
        return Verdict.WHOLE if len(self.data) >= self._size else Verdict.MORE

    def _sized(self, head: bytes, start: int) -> Verdict | None:
        """Learn from the whole head where the body ends, which begins at *start*."""
        if len(head) > _HEAD_BYTES:
            return Verdict.LONG_HEAD
        sizes = set()
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            field = name.strip().lower()
            if field == b"transfer-encoding":
                return Verdict.UNSIZED
            if field == b"content-length":
                sizes.add(value.strip())
        size = sizes.pop() if len(sizes) == 1 else b"0"
        self.expected = int(size) if _NUMBER.fullmatch(size) else 0
        self._size = start + self.expected
        return Verdict.LARGE if self.expected > self._limit else None
