"""Answers kept for conditional requests: a 304 costs nothing of GitHub's rate limit."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with its entity tag."""

    etag: str
    body: bytes
    link: str
    """Its Link header; "": it has none."""


class Etags:
    """
    The newest answers by (installation, URL), within *most* bytes; shared between threads.

    githubkit's own cache is not used: it varies by the Authorization header, so each new
    installation token empties it, and it is an in-memory SQLite without a bound.
    """

    def __init__(self, most: int = 32_000_000) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[tuple[int | None, str], Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int | None, str]) -> Kept | None:
        """What is kept for *key*."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[int | None, str], kept: Kept) -> None:
        """Keep an answer; the least recently used ones make room."""
        with self._lock:
            self._drop(key)
            self._kept[key] = kept
            self._size += _weight(key, kept)
            while self._size > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[int | None, str]) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._size -= _weight(key, old)


def _weight(key: tuple[int | None, str], kept: Kept) -> int:
    return 500 + len(key[1]) + len(kept.body) + len(kept.link)
