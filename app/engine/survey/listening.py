"""
A host that does not answer is not asked again in the same tick: everybody has that answer at once.

Without this each question about a dead host would wait for its own timeout, and a tick with many of
them would last longer than its lease.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.errors import Transient
from app.ports import Forge

MOST = 2
"""So many errors of the host's own end its turn; of one kind of call only that call's."""


class Listening:
    """
    *forge* as one tick hears it. A tick is a thread's; `anew` begins the next one.

    One call without any answer silences the host. An answer 5xx may be about what was asked alone:
    a call is not made again after two of them, none is once two different calls had some. What
    names a time to wait is kept by the adapter, for all ticks. A host that answers slowly is heard
    until the tick's time is over, well before it is ended from outside.
    """

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._heard = threading.local()

    def anew(self, over: Callable[[], bool] = lambda: False) -> None:
        """A tick begins: everything may be asked, until its time is *over*."""
        self._heard.over = over
        self._heard.errors = Counter()
        self._heard.silent = ""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._forge, name)

        def asked(*args: object, **named: object) -> object:
            self._refuse(name)
            try:
                return call(*args, **named)
            except Transient as error:
                self._note(name, error)
                raise

        return asked

    def _errors(self) -> Counter[str]:
        if not hasattr(self._heard, "errors"):
            self.anew()
        errors: Counter[str] = self._heard.errors
        return errors

    def _refuse(self, name: str) -> None:
        errors = self._errors()
        if self._heard.over():
            raise Transient("GitHub is asked the rest in the next look: this one took long")
        if self._heard.silent or errors.get(name, 0) >= MOST or len(errors) >= MOST:
            said = self._heard.silent or "it answered with errors"
            raise Transient(f"GitHub cannot be asked in this look any more: {said}")

    def _note(self, name: str, error: Transient) -> None:
        if error.retry_after is not None:
            return
        if error.silent:
            self._heard.silent = error.message
        self._errors().update([name])
