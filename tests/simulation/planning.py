"""What the App planned last: its counters are told, without a switch in the product."""

from __future__ import annotations

from collections.abc import Callable

from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.observe import Metrics

Planner = Callable[[Snapshot], Plan]


class Seeing(Metrics):
    """
    The counts of this process; *last* is the newest plan, and the snapshot that it is of.

    *looks* are all since somebody took them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last: tuple[Snapshot, Plan] | None = None
        self.looks: list[tuple[Snapshot, Plan]] = []
        told = _Told(self, self.plan_seconds)
        self.plan_seconds = told  # type: ignore[assignment]  # it is asked for `time` alone


class _Told:
    """In place of a histogram: `time` gives the planner that is timed, and tells what it made."""

    def __init__(self, seeing: Seeing, histogram) -> None:
        self._seeing, self._histogram = seeing, histogram

    def time(self) -> Callable[[Planner], Planner]:
        return self._wrapped

    def _wrapped(self, planner: Planner) -> Planner:
        def planned(snapshot: Snapshot) -> Plan:
            found = planner(snapshot)
            self._seeing.last = (snapshot, found)
            self._seeing.looks.append((snapshot, found))
            return found

        return planned

    def __getattr__(self, name: str):
        return getattr(self._histogram, name)
