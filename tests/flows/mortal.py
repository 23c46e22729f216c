"""An App that dies where a test says so, and is started again over what it left."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from tests.flows.around import Around, Beside, stand_beside
from tests.flows.harness import Flow


class Killed(BaseException):
    """The process is gone: nothing in the App catches this."""


class StoreAround:
    """The App's store, with somebody beside what those *parts* of it are told."""

    def __init__(self, inner: object, beside: Beside, parts: Collection[str]) -> None:
        self._inner, self._beside, self._parts = inner, beside, parts

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return Around(found, self._beside) if name in self._parts else found


class Mortal(ABC):
    """
    An App with `beside` at its calls of GitHub, of Git, and of those *parts* of the store; where
    that raises `Killed` it dies.
    """

    def __init__(self, flow: Flow, parts: Collection[str] = ()) -> None:
        self.flow, self._parts = flow, parts
        self._born()

    @abstractmethod
    def beside(self, when: str, name: str) -> None:
        """Told of each call: ``before`` or ``after``, and the method's name."""

    @abstractmethod
    def lately(self) -> Sequence[object]:
        """Its deaths, the last one last."""

    def settle(self) -> None:
        """Come to rest, with as many lives as that takes."""
        self._lived(self.flow.settle)

    def passes(self, **duration: float) -> None:
        """As `Flow.passes`, with as many lives as that takes."""
        self.flow.clock.ahead += timedelta(**duration)
        self._lived(self.flow.look)

    def _lived(self, act: Callable[[], None]) -> None:
        for _ in range(200):
            try:
                act()
            except Killed:
                self.flow.reboot()
                self._born()
            else:
                return
        raise AssertionError(f"it never comes to rest: {self.lately()[-6:]}")

    def _born(self) -> None:
        if self._parts:
            store: Any = StoreAround(self.flow.app.store, self.beside, self._parts)
            self.flow.app = dataclasses.replace(self.flow.app, store=store)
        stand_beside(self.flow, self.beside)


class OrdersLast(Mortal):
    """It dies once, as soon as an order is stored."""

    def __init__(self, flow: Flow) -> None:
        self.deaths: list[str] = []
        super().__init__(flow, ("history",))

    def beside(self, when: str, name: str) -> None:
        if (when, name) == ("after", "add_order") and not self.deaths:
            self.deaths.append(name)
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.deaths


class Once(Mortal):
    """It dies once: *when* (``before`` or ``after``) it calls *name*, from now on."""

    def __init__(self, flow: Flow, when: str, name: str) -> None:
        self._due, self.deaths = (when, name), list[str]()
        super().__init__(flow)

    def beside(self, when: str, name: str) -> None:
        if (when, name) == self._due and not self.deaths:
            self.deaths.append(name)
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.deaths
