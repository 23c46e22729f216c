"""
Installation tokens: made when they are used, of three kinds, kept in memory only.

GitHub may refuse a token for some seconds after it gave it out, with 401, 403 or 404: a token is
used only after it has opened something that it must open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

from app.errors import Denied, Missing, Transient
from app.ports import Clock

KEPT = timedelta(minutes=50)
"""Of GitHub's hour: a tick that begins with a token may last ten minutes."""

KEPT_NARROW = timedelta(minutes=1)
"""A token that lacks what we asked for: what an owner grants meanwhile counts soon."""

TRIES = 6
"""A new token that is refused is tried again after 1, 2, 4, ... 32 s; then the refusal counts."""

Kind = Literal["reading", "writing", "git"]


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What a token opens.

    *reading*: all repositories of the installation, everything as `read`. *writing*: one
    repository, all we may do there but its contents. *git*: one repository's contents.
    """

    kind: Kind
    installation: int
    repo_id: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token and when GitHub stops taking it; *narrow*: it lacks what was not granted to us."""

    text: str
    expires_at: datetime
    narrow: bool = False


@dataclass(slots=True, repr=False)
class _Kept:
    text: str
    until: datetime
    proven: bool = False
    refused: int = 0
    next_try: datetime | None = None


class Tokens:
    """
    One live token a scope; several threads that need one wait for one mint.

    *prove* asks GitHub for something that the token opens; it raises Denied or Missing where that
    was refused. Nobody sleeps over a refusal: `get` says when to ask again, and whoever needed the
    token puts off what it is for, while everything else goes on.
    """

    def __init__(
        self,
        mint: Callable[[Scope], Token],
        prove: Callable[[Scope, str], None],
        clock: Clock,
    ) -> None:
        self._mint = mint
        self._prove = prove
        self._clock = clock
        self._kept: dict[Scope, _Kept] = {}
        self._locks: dict[Scope, Lock] = {}
        self._lock = Lock()

    def get(self, scope: Scope) -> str:
        """
        A token that has proven itself; raises what minting raises.

        Transient, with the time to wait, while a new one is refused; once it has been for a minute,
        what the refusal says.
        """
        with self._lock:
            own = self._locks.setdefault(scope, Lock())
        with own:
            kept = self._kept.get(scope)
            if kept is None or self._clock() >= kept.until:
                kept = self._made(scope)
            if not kept.proven:
                self._try(scope, kept)
            return kept.text

    def drop(self, scope: Scope, text: str) -> None:
        """Forget a token that was refused, unless a newer one took its place."""
        with self._lock:
            kept = self._kept.get(scope)
            if kept is not None and kept.text == text:
                del self._kept[scope]

    def _made(self, scope: Scope) -> _Kept:
        now = self._clock()
        token = self._mint(scope)
        # Of a life that is shorter than GitHub's hour, as large a part.
        life = min(KEPT_NARROW if token.narrow else KEPT, (token.expires_at - now) * 5 / 6)
        made = _Kept(token.text, now + life)
        with self._lock:
            self._kept = {key: one for key, one in self._kept.items() if now < one.until}
            self._kept[scope] = made
        return made

    def _try(self, scope: Scope, kept: _Kept) -> None:
        now = self._clock()
        if kept.next_try is not None and now < kept.next_try:
            left = (kept.next_try - now).total_seconds()
            raise Transient("GitHub does not take our new token yet", retry_after=left)
        try:
            self._prove(scope, kept.text)
        except (Denied, Missing) as error:
            if kept.refused == TRIES:
                self.drop(scope, kept.text)
                raise
            wait = timedelta(seconds=2**kept.refused)
            kept.refused, kept.next_try = kept.refused + 1, now + wait
            message = f"GitHub does not take our new token yet: {error.message}"
            raise Transient(message, retry_after=wait.total_seconds()) from error
        kept.proven = True
