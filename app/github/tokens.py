"""
Installation tokens: made when they are used, by what they open, kept in memory only.

GitHub may refuse a token for some seconds after it gave it out, with 401, 403 or 404: a token is
used only after it has opened something that it must open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from app.errors import Denied, Missing, Transient
from app.ports import Clock

KEPT = timedelta(minutes=50)
"""Of GitHub's hour: a tick that begins with a token may last ten minutes."""

TRIES = 6
"""A new token that is refused is tried again after 1, 2, 4, ... 32 s; then the refusal counts."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a token opens in an installation."""

    installation: int
    repo_id: int | None
    """None: all repositories."""
    permissions: frozenset[tuple[str, str]]
    """
    Each name with its level. One that an installation grants meanwhile makes another opening, and
    so another token.
    """


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token and when GitHub stops taking it."""

    text: str
    expires_at: datetime


@dataclass(slots=True, repr=False)
class _Kept:
    text: str
    until: datetime
    proven: bool = False
    refused: int = 0
    next_try: datetime | None = None


class Tokens:
    """
    One live token an opening; several threads that need one wait for one mint.

    *prove* asks GitHub for something that the token opens; it raises Denied or Missing where that
    was refused. Nobody sleeps over a refusal: `get` says when to ask again, and whoever needed the
    token puts off what it is for, while everything else goes on.
    """

    def __init__(
        self,
        mint: Callable[[Opening], Token],
        prove: Callable[[Opening, str], None],
        clock: Clock,
    ) -> None:
        self._mint = mint
        self._prove = prove
        self._clock = clock
        self._kept: dict[Opening, _Kept] = {}
        self._locks: dict[Opening, Lock] = {}
        self._lock = Lock()

    def get(self, opening: Opening) -> str:
        """
        A token that has proven itself; raises what minting raises.

        Transient, with the time to wait, while a new one is refused; once it has been for a minute,
        what the refusal says.
        """
        with self._lock:
            own = self._locks.setdefault(opening, Lock())
        with own:
            kept = self._kept.get(opening)
            if kept is None or self._clock() >= kept.until:
                kept = self._made(opening)
            if not kept.proven:
                self._try(opening, kept)
            return kept.text

    def drop(self, opening: Opening, text: str) -> None:
        """Forget a token that was refused, unless a newer one took its place."""
        with self._lock:
            kept = self._kept.get(opening)
            if kept is not None and kept.text == text:
                del self._kept[opening]

    def _made(self, opening: Opening) -> _Kept:
        now = self._clock()
        token = self._mint(opening)
        # Of a life that is shorter than GitHub's hour, as large a part.
        life = min(KEPT, (token.expires_at - now) * 5 / 6)
        made = _Kept(token.text, now + life)
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if now < kept.until}
            self._kept[opening] = made
        return made

    def _try(self, opening: Opening, kept: _Kept) -> None:
        now = self._clock()
        if kept.next_try is not None and now < kept.next_try:
            left = (kept.next_try - now).total_seconds()
            raise Transient("GitHub does not take our new token yet", retry_after=left)
        try:
            self._prove(opening, kept.text)
        except (Denied, Missing) as error:
            if kept.refused == TRIES:
                self.drop(opening, kept.text)
                raise
            wait = timedelta(seconds=2**kept.refused)
            kept.refused, kept.next_try = kept.refused + 1, now + wait
            message = f"GitHub does not take our new token yet: {error.message}"
            raise Transient(message, retry_after=wait.total_seconds()) from error
        kept.proven = True
