"""
Numbers about ourselves, for Prometheus: ids, never names.

What happens in this process is counted here; what is true of the whole (work that is due,
promotions by state) is read from the store at each scrape. So several processes need no shared
files: the counters are a process's own, and the store's numbers are the same from each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_PLAN_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
_TICK_SECONDS = (0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
_BY_STATE = ("promotions", "lock_requests")
"""Counted by state in the store: `promotions_failed` becomes ``promotions{state="failed"}``."""


class Metrics:
    """The counters of this process, in a registry of their own."""

    def __init__(self, gauges: Callable[[], Mapping[str, float]] | None = None) -> None:
        registry = self._registry = CollectorRegistry(auto_describe=False)
        self.ticks = Counter(
            "stagelock_ticks", "Passes over a repository", ["outcome"], registry=registry
        )
        self.tick_seconds = Histogram(
            "stagelock_tick_seconds", "Length of a tick", buckets=_TICK_SECONDS, registry=registry
        )
        self.plan_seconds = Histogram(
            "stagelock_plan_seconds", "Length of planning", buckets=_PLAN_SECONDS, registry=registry
        )
        self.deliveries = Counter(
            "stagelock_deliveries",
            "Webhook deliveries that reached this process",
            ["event", "outcome"],
            registry=registry,
        )
        self.pushes = Counter("stagelock_pushes", "Pushes of ours", ["outcome"], registry=registry)
        self.waits = Counter(
            "stagelock_budget_waits",
            "Calls put off for the content budget",
            ["installation"],
            registry=registry,
        )
        if gauges is not None:
            registry.register(_StoreGauges(gauges))

    def render(self) -> bytes:
        """Everything in Prometheus' text format (`text/plain; version=1.0.0`)."""
        return generate_latest(self._registry)


class _StoreGauges(Collector):
    """The store's numbers (`Store.gauges`), read when they are scraped."""

    def __init__(self, gauges: Callable[[], Mapping[str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for key, value in sorted(self._gauges().items()):
            name, state = _split(key)
            if name not in families:
                labels = [] if state is None else ["state"]
                families[name] = GaugeMetricFamily(
                    f"stagelock_{name}", name.replace("_", " "), labels=labels
                )
            families[name].add_metric([] if state is None else [state], value)
        yield from families.values()


def _split(key: str) -> tuple[str, str | None]:
    for name in _BY_STATE:
        if key.startswith(f"{name}_"):
            return name, key.removeprefix(f"{name}_")
    return key, None
