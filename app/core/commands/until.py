"""
`until WHEN`: a length of time, a day, a time of the day with its zone, or both.

Without a zone a day is UTC's, without a time it begins at 00:00. A word that looks like a zone or a
time and is none is not taken for the beginning of the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.core.model.durations import span
from app.core.model.zones import instant, zone_names, zone_of

LONGEST = timedelta(days=366)
DAY = timedelta(days=1)
_LENGTH = re.compile(r"(\d{1,9})([smhd])(?=\s|\Z)", re.IGNORECASE | re.ASCII)
_OFFSET = r"(?: ?(Z|[+-]\d{2}:\d{2})(?=\s|\Z))?"
_CLOCK = r"(\d{2}:\d{2}(?::\d{2})?)"
_DAY = re.compile(
    rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:[T ]{_CLOCK})?{_OFFSET}(?=\s|\Z)", re.IGNORECASE | re.ASCII
)
_TIME = re.compile(rf"{_CLOCK}{_OFFSET}(?=\s|\Z)", re.IGNORECASE | re.ASCII)
_LIKE_A_TIME = re.compile(r"\d{1,2}(?:[:.]\d{2}.{0,20}|[ap]m)", re.IGNORECASE | re.ASCII)
_ABBREVIATED = re.compile(r"(?:A[CEKW]|C|E|M|P|NZ)[DS]T|(?:CE|EE|WE|B|I|J)ST|HKT|SGT|MSK", re.ASCII)
"""What people call zones by, and IANA does not: some mean two."""
_LIKE_A_ZONE = re.compile(r"\A[A-Za-z_]{2,40}(?:/[A-Za-z0-9_+-]{1,40}){1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The next time that it is *local* in *zone*: an IANA name, or an offset such as ``+01:00``."""

    local: time
    zone: str


@dataclass(frozen=True, slots=True)
class When:
    """An end: counted from when it was said (a length, a time of the day) or an instant in UTC."""

    end: timedelta | datetime | TimeOfDay

    def after(self, said: datetime) -> datetime:
        """The instant that is meant by somebody who said it at *said*."""
        match self.end:
            case timedelta():
                return said + self.end
            case datetime():
                return self.end
            case TimeOfDay(local, zone):
                today = said.astimezone(_zone(zone)).date()
                days = (datetime.combine(today + n * DAY, local) for n in (0, 1, 2))
                ends = (_instant(day, zone) for day in days)
                return next(end for end in ends if end > said)


class Unread(StrEnum):
    """Why what stands behind `until` is no time; what it is about is in brackets."""

    MISSING = "missing"
    NO_TIME = "no-time"  # the word
    OUT_OF_RANGE = "out-of-range"  # the length
    NO_ZONE = "no-zone"  # the time
    NO_SUCH_ZONE = "no-such-zone"  # the word
    NO_SUCH_TIME = "no-such-time"  # the instant
    NO_TIME_OF_DAY = "no-time-of-day"  # what stands for hours and minutes


def read_when(text: str) -> tuple[When, str] | tuple[Unread, str]:
    """The WHEN that *text* begins with and what follows it; or why it is none, and what is not."""
    if match := _LENGTH.match(text):
        length = span(match[1], match[2].lower())
        if not timedelta() < length <= LONGEST:
            return Unread.OUT_OF_RANGE, match[0]
        return When(length), text[match.end() :].strip()
    if match := _DAY.match(text) or _TIME.match(text):
        return _at(match, text)
    first = text.split(maxsplit=1)[0] if text else ""
    shown = "".join(c for c in first if c.isprintable() and c != "`")[:40]
    return (Unread.NO_TIME, shown) if shown else (Unread.MISSING, "")


def _at(match: re.Match[str], text: str) -> tuple[When, str] | tuple[Unread, str]:
    *day, clock, offset = match.groups()
    local = _of_day(clock or "00:00")
    if local is None:
        return Unread.NO_TIME_OF_DAY, clock
    rest = text[match.end() :].strip()
    word, _, after = rest.partition(" ")
    zone = offset.upper() if offset else _known(word, clock)
    if not zone and (_LIKE_A_ZONE.fullmatch(word) or (clock and _ABBREVIATED.fullmatch(word))):
        return Unread.NO_SUCH_ZONE, word
    if not clock and _LIKE_A_TIME.fullmatch(word):
        return Unread.NO_SUCH_TIME, f"{match[0]} {word}"
    if not zone and not day:
        return Unread.NO_ZONE, match[0]
    rest = after.strip() if zone and not offset else rest
    try:
        if not day:
            _zone(zone)
            return When(TimeOfDay(local, zone)), rest
        at = datetime.combine(datetime.fromisoformat(day[0]), local)
        return When(_instant(at, zone or "UTC")), rest
    except (ValueError, OverflowError):
        return Unread.NO_SUCH_TIME, match[0]


def _of_day(clock: str) -> time | None:
    """None where no day has that time, as 25:00; 24:00 is 00:00 of the next day."""
    try:
        return time.fromisoformat(clock)
    except ValueError:
        return None


def _known(word: str, clock: str | None) -> str:
    """The zone that *word* names, behind a time in small letters, too; "" where it is none."""
    names = (word, word.upper()) if clock else (word,)
    return next((name for name in names if name in zone_names()), "")


def _instant(local: datetime, zone: str) -> datetime:
    """As an end: of a time that comes twice the second."""
    if zone in zone_names():
        return instant(local, zone, end=True)
    return local.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _zone(name: str) -> tzinfo:
    """ValueError for an offset that cannot be one."""
    if name in zone_names():
        return zone_of(name)
    return datetime.fromisoformat(f"2000-01-01T00:00{name}").tzinfo or UTC
