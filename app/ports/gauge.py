"""Numbers that the store answers, and whose numbers are shown at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number for metrics, as `observe/gauges` names it."""

    name: str
    value: float
    labels: tuple[str, ...] = ()
    """In the order of `observe/gauges`."""


@dataclass(frozen=True, slots=True)
class Served:
    """Repositories and installations that we work for, by their ids."""

    repositories: frozenset[int] = frozenset()
    installations: frozenset[int] = frozenset()
