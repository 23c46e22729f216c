"""Installation tokens: minted when needed, kept in memory only, shared by REST and Git."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from app.ports import Clock

MARGIN = timedelta(minutes=5)
"""A token is given out only while it has this long to live (or half its life, if that is less)."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token and when GitHub stops taking it."""

    text: str
    expires_at: datetime


class Tokens:
    """One live token an installation; several threads that need one wait for one mint."""

    def __init__(self, mint: Callable[[int], Token], clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        self._kept: dict[int, tuple[str, datetime]] = {}
        self._locks: dict[int, Lock] = {}
        self._lock = Lock()

    def get(self, installation_id: int) -> str:
        """A token good for some minutes at least; raises what minting raises."""
        with self._lock:
            own = self._locks.setdefault(installation_id, Lock())
        with own:
            text, until = self._kept.get(installation_id, ("", None))
            now = self._clock()
            if until is not None and now < until:
                return text
            token = self._mint(installation_id)
            life = token.expires_at - now
            self._kept[installation_id] = (token.text, token.expires_at - min(MARGIN, life / 2))
            return token.text

    def drop(self, installation_id: int, text: str) -> None:
        """Forget a token that was refused, unless a newer one took its place."""
        with self._lock:
            if self._kept.get(installation_id, ("",))[0] == text:
                del self._kept[installation_id]
