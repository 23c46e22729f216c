"""
Numbers about ourselves, for Prometheus: ids, never names; docs/observability.md explains each.

What happens in a process is counted there; what is true of the whole (work that is due, promotions
by state, budgets) is read from the store at each scrape, so it is the same from every process.
Processes that are children of one supervisor share their counts in files (`counts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Summary,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core.text.markup import event_id
from app.errors import OutsideError, Rejected
from app.observe import counts
from app.observe.gauges import GAUGES
from app.observe.served import OTHER, OfServed
from app.ports.gauge import Gauge, Served

_PLAN = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
_TICK = (0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
_CALL = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
_SPAN = (1.0, 10.0, 60.0, 300.0, 1800.0, 7200.0, 43200.0, 172800.0, 1209600.0)

MOST_STAGES = 300
"""So many stages have lead times of their own in a process; those after them share `other`."""


def stage_id(repo_id: int, stage: str) -> str:
    """Tell a stage apart in metrics, which anybody near the port may read, without its name."""
    return event_id("stage", repo_id, stage)


class Metrics:
    """
    The counts of this process, in a registry of their own.

    *gauges* reads the store's numbers (`Store.gauges`); *served* says whose series are shown
    (`Store.served`; without it: everybody's).
    """

    def __init__(
        self,
        gauges: Callable[[], Iterable[Gauge]] | None = None,
        served: Callable[[], Served] | None = None,
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._gauges, self._served = gauges, served
        self._stages: set[str] = set()
        count, time = self._counter, self._histogram
        self._deliveries = count("deliveries", "Webhook requests", "event", "outcome")
        self._ticks = count("ticks", "Claims that were worked on", "kind", "outcome")
        self._tick_seconds = time("tick", "Length of a tick", _TICK, "kind")
        self.survey_seconds = time("survey", "Length of one survey, its planning included", _TICK)
        self.plan_seconds = time("plan", "Length of one planning, without reading", _PLAN)
        self._pushes = count("pushes", "Pushes of ours", "kind", "outcome")
        self._calls = count("rest_calls", "REST calls", "endpoint", "status")
        self._call_seconds = time("rest", "Length of a REST call", _CALL)
        self._waits = count("budget_waits", "REST calls put off for the budget", "installation")
        self._states = time(
            "promotion_state", "How long freights were in a state", _SPAN, "state", "reason"
        )
        self._lead = Summary(
            "stagelock_lead_seconds",
            "From a freight's commit to its verification in a stage",
            ["repository", "stage"],
            registry=self._registry,
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"stagelock_{name}", about, labels, registry=self._registry)

    def _histogram(
        self, name: str, about: str, buckets: Sequence[float], *labels: str
    ) -> Histogram:
        full = f"stagelock_{name}_seconds"
        return Histogram(full, about, labels, buckets=buckets, registry=self._registry)

    def delivery(self, event: str, outcome: str) -> None:
        """Count a webhook request; *event* must be one of a closed set."""
        self._deliveries.labels(event, outcome).inc()

    def tick(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a claim that was worked on."""
        self._ticks.labels(kind, outcome).inc()
        self._tick_seconds.labels(kind).observe(seconds)

    def push(self, kind: str, outcome: str) -> None:
        """Count a push of ours."""
        self._pushes.labels(kind, outcome).inc()

    def call(self, endpoint: str, status: str, seconds: float) -> None:
        """Count a REST call; *status* is the HTTP status, or ``none`` without an answer."""
        self._calls.labels(endpoint, status).inc()
        self._call_seconds.observe(seconds)

    def budget_wait(self, installation_id: int) -> None:
        """Count a REST call that was put off for the content budget."""
        self._waits.labels(str(installation_id)).inc()

    def left(self, state: str, reason: str, after: timedelta) -> None:
        """Count the end of a promotion's stay in a state."""
        self._states.labels(state, reason).observe(max(0.0, after.total_seconds()))

    def lead(self, repo_id: int, stage: str, time: timedelta) -> None:
        """Count a verification, with its lead time."""
        known = stage_id(repo_id, stage)
        if known not in self._stages and len(self._stages) >= MOST_STAGES:
            self._lead.labels(OTHER, OTHER).observe(max(0.0, time.total_seconds()))
            return
        self._stages.add(known)
        self._lead.labels(str(repo_id), known).observe(max(0.0, time.total_seconds()))

    def render(self) -> bytes:
        """Everything in Prometheus' text format; the store's part is missing while it is away."""
        return generate_latest(
            _shown(counts.shared() or self._registry, self._gauges, self._served)
        )


@contextmanager
def listener(
    host: str,
    port: int,
    gauges: Callable[[], Iterable[Gauge]],
    folder: Path,
    served: Callable[[], Served] | None = None,
) -> Iterator[int]:
    """
    Serve ``/metrics`` from threads of this process: what the processes of *folder* counted, and the
    store's numbers. Yields the port (*port* 0: any free one). Rejected where it cannot listen.
    """
    shown = _shown(counts.shared(folder), gauges, served)
    try:
        server, thread = start_http_server(port, host, shown)
    except OSError as error:
        message = f"metrics cannot be shown on {host}:{port}: {error.strerror or error}"
        raise Rejected(message) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _shown(
    counted: Collector | None,
    gauges: Callable[[], Iterable[Gauge]] | None,
    served: Callable[[], Served] | None,
) -> CollectorRegistry:
    shown = CollectorRegistry(auto_describe=False)
    if counted is not None:
        shown.register(counted if served is None else OfServed(counted, served))
    if gauges is not None:
        shown.register(_StoreGauges(gauges))
    return shown


class _StoreGauges(Collector):
    """The store's numbers, read when they are scraped."""

    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("stagelock_store_up", "1 while the database answers")
        try:
            gauges = list(self._gauges())
        except OutsideError:
            up.add_metric([], 0.0)
            yield up
            return
        up.add_metric([], 1.0)
        yield up
        families = {
            name: GaugeMetricFamily(f"stagelock_{name}", about, labels=labels)
            for name, (about, labels) in GAUGES.items()
        }
        for gauge in gauges:
            families[gauge.name].add_metric(gauge.labels, gauge.value)
        yield from families.values()
