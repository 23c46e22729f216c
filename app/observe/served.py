"""Series end with their repository: what was counted for one that left is shown no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.errors import OutsideError
from app.ports.gauge import Served

OTHER: Final = "other"
"""The label of those that are told apart no more: they belong to nobody."""


class OfServed(Collector):
    """
    What *counted* collects, without the series of repositories and installations that *served*,
    asked at each scrape, does not name. While it has no answer, nobody's series are shown.

    What a process has counted cannot be taken back in the files of all others, those that died
    among them; so it is left out where it would be shown. A repository that comes back goes on
    with its counts.
    """

    def __init__(self, counted: Collector, served: Callable[[], Served]) -> None:
        self._counted, self._served = counted, served

    def collect(self) -> Iterator[Metric]:
        try:
            served = self._served()
        except OutsideError:
            served = Served()
        known = {
            "repository": {OTHER, *map(str, served.repositories)},
            "installation": {OTHER, *map(str, served.installations)},
        }
        for family in self._counted.collect():
            family.samples = [sample for sample in family.samples if _named(sample.labels, known)]
            yield family


def _named(labels: Mapping[str, str], known: Mapping[str, set[str]]) -> bool:
    return all(labels[name] in ids for name, ids in known.items() if name in labels)
