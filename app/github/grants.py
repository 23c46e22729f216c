"""What the owners of accounts let us do there, as far as it is less than we ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from app.errors import Transient
from app.github.permissions import missing
from app.ports import Clock

BELIEVED = timedelta(minutes=1)
"""Then an installation that lacks something is read again: what an owner grants counts soon."""

Granted = Mapping[str, str]
"""Name of a permission -> level."""


@dataclass(frozen=True, slots=True)
class _Known:
    granted: Granted
    at: datetime


class Grants:
    """
    Which permissions installations grant; safe to share between threads.

    *ask* reads an installation's; it raises Denied where we are not installed any more.
    """

    def __init__(self, ask: Callable[[int], Granted], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[int, _Known] = {}
        self._locks: dict[int, Lock] = {}
        self._lock = Lock()

    def known(self, installation: int) -> Granted | None:
        """
        What it grants; None while nothing is known to be missing.

        Read again once it is a minute old. Where GitHub cannot tell then, what we knew counts on,
        for another minute.
        """
        with self._own(installation):
            known = self._known.get(installation)
            if known is None:
                return None
            if self._clock() < known.at + BELIEVED:
                return known.granted
            if not missing(known.granted):
                del self._known[installation]
                return None
            try:
                return self._read(installation)
            except Transient:
                return self._kept(installation, known.granted)

    def read(self, installation: int) -> Granted:
        """What it grants now; raises what *ask* raises."""
        with self._own(installation):
            return self._read(installation)

    def seen(self, installation: int, granted: Granted) -> None:
        """
        GitHub said, to another question, what it grants now.

        That counts where a token was refused: only a refusal shows that something is missing.
        """
        with self._own(installation):
            if granted and installation in self._known:
                self._kept(installation, granted)

    def doubt(self, installation: int) -> None:
        """Something changed there: what it grants is read again at the next question."""
        with self._own(installation):
            known = self._known.get(installation)
            if known is not None:
                self._known[installation] = replace(known, at=known.at - BELIEVED)

    def _own(self, installation: int) -> Lock:
        with self._lock:
            return self._locks.setdefault(installation, Lock())

    def _read(self, installation: int) -> Granted:
        return self._kept(installation, self._ask(installation))

    def _kept(self, installation: int, granted: Granted) -> Granted:
        """Every installation grants `metadata`, whether or not an answer names it."""
        known = _Known({"metadata": "read", **granted}, self._clock())
        self._known[installation] = known
        return known.granted
