"""
Windows: the calendar times in which a stage accepts promotions.

All answers are instants in UTC. What clocks that are set forward and back do: see `zones`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count

from app.core.model.zones import instant, zone_of

DAY = timedelta(days=1)
MINUTES = 24 * 60
MOST_WORK = 10_000
"""
So many dated times are looked at for the next opening, and a tenth of that for weekly ones; where
it is not enough, the answer is how long it stays closed at least, and the rest is looked at then.
"""

Span = tuple[datetime, datetime]
"""From a beginning to an end, which is not part of it; in UTC."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Days of the week, from one time of day to another."""

    days: frozenset[int]
    """0 is Monday."""
    begins: int
    """Minutes of the day in *zone*."""
    ends: int
    """As *begins*, up to 1440, not part of it; at or before *begins* it is on the next day."""
    zone: str
    written: str
    """How the file says it."""

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Dated:
    """One time, from a day and time to another."""

    begins: datetime
    """Local time of *zone*, without an offset."""
    ends: datetime
    """As *begins*; not part of it."""
    zone: str
    written: str
    """How the file says it."""

    def __str__(self) -> str:
        return self.written


Window = Weekly | Dated


@dataclass(frozen=True, slots=True)
class Windows:
    """When a stage is open."""

    allow: tuple[Window, ...] = ()
    """Open in any of these; (): always."""
    deny: tuple[Window, ...] = ()
    """Closed in each of these, whatever *allow* says."""

    def __bool__(self) -> bool:
        return bool(self.allow or self.deny)


ALWAYS = Windows()


@dataclass(frozen=True, slots=True)
class Opening:
    """When a stage is open next."""

    at: datetime | None
    """
    None: no more. After `MOST_WORK` it is closed at least until then, when the denied one ends.
    """
    by: Window | None = None
    """The window that opens then, or the denied one that ends; None: it is open, or never is."""


@lru_cache(maxsize=1024)
def opening(windows: Windows, now: datetime) -> Opening:
    """When it is open next; *at* is *now* where it is open."""
    at, by = now, None
    each = sum(10 if isinstance(w, Weekly) else 1 for w in (*windows.allow, *windows.deny))
    for _ in range(MOST_WORK // max(10, each)):
        if denied := _denied(windows, at):
            at, by = denied
            continue
        if not windows.allow or any(_covering(window, at) for window in windows.allow):
            return Opening(at, by)
        begins = [(span[0], w) for w in windows.allow if (span := next(spans(w, at), None))]
        if not begins:
            return Opening(None)
        at, by = min(begins, key=lambda begin: begin[0])
    return Opening(*(_denied(windows, at) or (at, by)))


def closing(windows: Windows, now: datetime) -> datetime | None:
    """When it may be closed, where it is open at *now*; None: it stays open."""
    ends = [span[1] for window in windows.allow if (span := _covering(window, now))]
    begins = [span[0] for window in windows.deny if (span := next(spans(window, now), None))]
    return min((*([max(ends)] if ends else ()), *begins), default=None)


def _denied(windows: Windows, at: datetime) -> tuple[datetime, Window] | None:
    """The last end of those that deny *at*; None: nothing does."""
    ends = [(span[1], window) for window in windows.deny if (span := _covering(window, at))]
    return max(ends, key=lambda end: end[0], default=None)


def _covering(window: Window, at: datetime) -> Span | None:
    span = next(spans(window, at), None)
    return span if span and span[0] <= at else None


def spans(window: Window, since: datetime) -> Iterator[Span]:
    """The times of *window* that end after *since*, in their order; endless for a weekly one."""
    if isinstance(window, Dated):
        begins, ends = between(window)
        if begins < ends and ends > since:
            yield begins, ends
        return
    today = since.astimezone(zone_of(window.zone)).date()
    for further in count(-2):
        try:
            day = today + further * DAY
            if day.weekday() in window.days:
                begins, ends = on_day(window, day)
                if begins < ends and ends > since:
                    yield begins, ends
        except OverflowError:  # the last year that a date can have
            return


@lru_cache(maxsize=4096)
def between(window: Dated) -> Span:
    """The only time of a dated window; empty where it begins when it ends."""
    return instant(window.begins, window.zone), instant(window.ends, window.zone, end=True)


@lru_cache(maxsize=4096)
def on_day(window: Weekly, day: date) -> Span:
    """The time of a weekly window that begins on *day*; empty where clocks leave nothing of it."""
    later = window.ends <= window.begins
    return (
        instant(_local(day, window.begins), window.zone),
        instant(_local(day + later * DAY, window.ends), window.zone, end=True),
    )


def _local(day: date, minutes: int) -> datetime:
    return datetime.combine(day + minutes // MINUTES * DAY, time()) + timedelta(
        minutes=minutes % MINUTES
    )
