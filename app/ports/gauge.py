"""Numbers that the store answers, and whose numbers are shown at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number for metrics: *name* and the order of *labels* are those of `observe/gauges`."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """Repositories and installations that we work for, by their ids."""

    repositories: frozenset[int] = frozenset()
    installations: frozenset[int] = frozenset()
