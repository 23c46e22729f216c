"""Numbers that the store answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number for metrics: *name* and the order of *labels* are those of `observe/gauges`."""

    name: str
    value: float
    labels: tuple[str, ...] = ()
