"""Windows as people write them, and a slow way to say when they are open: minute by minute."""

from __future__ import annotations

import functools
import json
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

from app.core.config import parse
from app.core.model.names import StageName
from app.core.model.windows import Windows
from tests.core.problems import HEAD

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def file(allow=None, deny=None):
    """A file of one stage whose windows stand in its fifth line."""
    lists = {"allow": allow, "deny": deny}
    given = {key: list(found) for key, found in lists.items() if found is not None}
    return f"{HEAD}stages:\n  dev: {{path: stages/dev, windows: {json.dumps(given)}}}\n".encode()


def windows(allow=None, deny=None) -> Windows:
    """What the file says; it has to be valid."""
    found = parse(file(allow, deny))
    assert found.problems == ()
    assert found.pipeline is not None
    return found.pipeline.stages[StageName("dev")].windows


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Slow:
    """
    The windows from *since* on, for *days*: nothing here knows of offsets or folds, only what a clock
    on the wall shows at each minute.
    """

    def __init__(self, allow, deny, since: datetime, days: int) -> None:
        self.since, self.end = since, since + days * DAY
        self._from = since.replace(second=0, microsecond=0)
        allowed = self.minutes(allow) if allow else set(range(days * 24 * 60 + 1))
        self._open = allowed - self.minutes(deny)

    def minutes(self, entries) -> set[int]:
        """Those that begin in one of the windows; none begins or ends within a minute."""
        last = int((self.end - self._from) / MINUTE)
        return {
            minute
            for entry in entries
            for begin, end in self.spans(entry)
            for minute in range(
                max(0, int((begin - self._from) / MINUTE)),
                min(last + 1, int((end - self._from) / MINUTE)),
            )
        }

    def open(self, at: datetime) -> bool:
        return int((at - self._from) / MINUTE) in self._open

    def next(self) -> datetime | None:
        """The first instant at which it is open, from *since* on; None: not in these days."""
        if self.open(self.since):
            return self.since
        at = self._from + MINUTE
        while at < self.end:
            if self.open(at):
                return at
            at += MINUTE
        return None

    def spans(self, entry: str) -> list[tuple[datetime, datetime]]:
        *when, zone = entry.split(" ")
        if ".." in entry:
            return [_dated(" ".join(when), zone)]
        first, _, last = when[0].partition("-")
        begins, ends = (_minutes(clock) for clock in when[1].split("-"))
        length = (ends - begins) % (24 * 60) or 24 * 60
        days = _days(first, last or first)
        found = []
        day = self.since.date() - 3 * DAY
        while day <= self.end.date() + 2 * DAY:
            if NAMES[day.weekday()] in days:
                from_midnight = datetime(day.year, day.month, day.day)
                begin = from_midnight + begins * MINUTE
                found.append((_begin(begin, zone), _end(begin + length * MINUTE, zone)))
            day += DAY
        return found


def _days(first: str, last: str) -> set[str]:
    at, found = NAMES.index(first), {first}
    while NAMES[at] != last:
        at = (at + 1) % 7
        found.add(NAMES[at])
    return found


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _dated(text: str, zone: str) -> tuple[datetime, datetime]:
    begin, end = text.split("..")
    whole = not re.search(r"\d:\d", text)
    last = datetime.fromisoformat(end)
    return _begin(datetime.fromisoformat(begin), zone), _end(last + DAY if whole else last, zone)


def _begin(local: datetime, zone: str) -> datetime:
    return _instants(local, zone)[0]


def _end(local: datetime, zone: str) -> datetime:
    return _instants(local, zone)[-1]


@functools.lru_cache(maxsize=100_000)
def _instants(local: datetime, zone: str) -> list[datetime]:
    """The minutes at which the clock shows *local*; never: the one at which it shows the next."""
    wall = _wall(local.date(), zone)
    while local not in wall:
        local += MINUTE
    return wall[local]


@functools.lru_cache(maxsize=500)
def _wall(day: date, zone: str) -> dict[datetime, list[datetime]]:
    """What the clock shows in the days around *day* -> when it shows it, in order."""
    shows: dict[datetime, list[datetime]] = {}
    known = ZoneInfo(zone)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    for _ in range(4 * 24 * 60):
        shows.setdefault(at.astimezone(known).replace(tzinfo=None, fold=0), []).append(at)
        at += MINUTE
    return shows


TICK = timedelta(microseconds=1)
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Cairo",
    "America/Santiago", "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/Dublin",
)  # fmt: skip
TURNS = (
    "2026-03-08T07:00", "2026-03-29T01:00", "2026-10-25T01:00", "2026-11-01T06:00", "2026-10-03T15:30",
    "2026-04-04T15:00", "2026-03-28T22:00", "2026-10-29T21:00", "2026-04-05T03:00", "2026-09-06T04:00",
    "2026-12-31T23:00", "2028-02-28T12:00",
)  # fmt: skip
"""Moments around which clocks change somewhere among `ZONES`, or the calendar does."""


CLOCK = st.tuples(
    st.sampled_from([0, 1, 2, 3, 9, 12, 22, 23]), st.sampled_from([0, 1, 15, 30, 45, 59])
).map("{0[0]:02}:{0[1]:02}".format)


@st.composite
def weekly(draw):
    first, last = draw(st.sampled_from(NAMES)), draw(st.sampled_from(("", *NAMES)))
    begins, ends = draw(CLOCK), draw(CLOCK | st.just("24:00"))
    assume(begins != ends)
    days = f"{first}-{last}" if last and last != first else first
    return f"{days} {begins}-{ends} {draw(st.sampled_from(ZONES))}"


@st.composite
def dated(draw, around):
    day = around + draw(st.integers(-3, 6)) * DAY
    last = day + draw(st.integers(0, 4)) * DAY
    zone = draw(st.sampled_from(ZONES))
    if draw(st.booleans()):
        return f"{day:%Y-%m-%d}..{last:%Y-%m-%d} {zone}"
    begins, ends = f"{day:%Y-%m-%d} {draw(CLOCK)}", f"{last:%Y-%m-%d} {draw(CLOCK)}"
    assume(begins < ends)
    return f"{begins}..{ends} {zone}"


@st.composite
def cases(draw):
    around = utc(draw(st.sampled_from(TURNS)))
    entry = st.one_of(weekly(), weekly(), dated(around))
    allow = draw(st.lists(entry, max_size=3, unique=True))
    deny = draw(st.lists(entry, min_size=0 if allow else 1, max_size=3, unique=True))
    off = draw(st.integers(-3 * 24 * 60, 3 * 24 * 60)) * MINUTE
    return allow, deny, around + off + draw(st.sampled_from([timedelta(), TICK, -TICK]))
