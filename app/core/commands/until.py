"""`until WHEN`: a length of time, or a date and time that say their zone. Nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.core.model.durations import span

LONGEST = timedelta(days=366)
_LENGTH = re.compile(r"(\d{1,9})([smhd])(?=\s|\Z)", re.IGNORECASE | re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)( ?(?:Z|UTC|[+-]\d{2}:\d{2}))?(?=\s|\Z)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class When:
    """An end, counted from when it was said (a length) or fixed (an instant in UTC)."""

    end: timedelta | datetime

    def after(self, said: datetime) -> datetime:
        """The instant that is meant by somebody who said it at *said*."""
        return said + self.end if isinstance(self.end, timedelta) else self.end


class Unread(StrEnum):
    """Why what stands behind `until` is no time; what it is about is in brackets."""

    MISSING = "missing"
    NO_TIME = "no-time"  # the word
    OUT_OF_RANGE = "out-of-range"  # the length
    NO_ZONE = "no-zone"  # the day and the time
    NO_SUCH_TIME = "no-such-time"  # the instant


def read_when(text: str) -> tuple[When, str] | tuple[Unread, str]:
    """The WHEN that *text* begins with and what follows it; or why it is none, and what is not."""
    if found := _LENGTH.match(text):
        length = span(found[1], found[2].lower())
        if not timedelta() < length <= LONGEST:
            return Unread.OUT_OF_RANGE, found[0]
        return When(length), text[found.end() :].strip()
    if found := _INSTANT.match(text):
        return _instant(found, text)
    first = text.split(maxsplit=1)[0] if text else ""
    shown = "".join(c for c in first if c.isprintable() and c != "`")[:40]
    return (Unread.NO_TIME, shown) if shown else (Unread.MISSING, "")


def _instant(found: re.Match[str], text: str) -> tuple[When, str] | tuple[Unread, str]:
    day, time, zone = found[1], found[2], (found[3] or "").strip().upper()
    if not zone:
        return Unread.NO_ZONE, f"{day} {time}"
    zone = "+00:00" if zone in ("Z", "UTC") else zone
    try:
        at = datetime.fromisoformat(f"{day}T{time}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return Unread.NO_SUCH_TIME, found[0]
    return When(at), text[found.end() :].strip()
