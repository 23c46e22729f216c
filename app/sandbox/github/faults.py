"""Trouble on demand, for tests: calls that fail, before or after their effect."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["error", "limited", "secondary", "denied", "lost"]
GIT = "GIT"
"""The method of what a git client asks over HTTP, whose paths are ``/OWNER/REPO.git/...``."""


@dataclass(slots=True)
class Fault:
    """
    The next `times` calls that match fail; of several in a row only every `every`-th.

    `error`: 502 without effect. `limited`: 403, no requests are left for *retry_after* seconds.
    `secondary`: 403 of the secondary limit, with `Retry-After`. `denied`: 403 as for a missing
    permission. `lost`: the call takes effect, its answer is a 502.
    """

    method: str
    path: re.Pattern[str]
    kind: Kind
    times: int
    retry_after: int = 1
    every: int = 1
    seen: int = 0
    hits: int = 0

    def concerns(self, method: str, path: str) -> bool:
        anything = self.method == "*" and method != GIT
        return (anything or self.method == method) and self.path.search(path) is not None


@dataclass(slots=True)
class Faults:
    """The faults that are set; safe to use from any thread."""

    _set: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        method: str,
        path: str,
        kind: Kind = "error",
        times: int = 1,
        retry_after: int = 1,
        every: int = 1,
    ) -> Fault:
        """
        Let the next *times* calls of *method* whose path (without ``/api/v3``) matches fail.

        *path* is a regular expression, searched; *method* ``*`` means any of REST's, `GIT` what git
        clients ask.
        """
        fault = Fault(method.upper(), re.compile(path), kind, times, retry_after, every)
        with self._lock:
            self._set.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets, used up by one; None for fine weather."""
        with self._lock:
            for fault in self._set:
                if not fault.concerns(method, path) or fault.hits >= fault.times:
                    continue
                fault.seen += 1
                if fault.seen % fault.every == 0:
                    fault.hits += 1
                    return fault
        return None
