"""`until WHEN`: a length of time, or a date and time that say their zone. Nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.model.durations import span

LONGEST = timedelta(days=366)
HOW = (
    "write a length of time (`30m`, `2h`, `3d`) or a date and time with their zone "
    "(`2026-03-02T17:00Z`, `2026-03-02T17:00+01:00`, `2026-03-02 17:00 UTC`)"
)

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


def read_when(text: str) -> tuple[When, str] | str:
    """The WHEN that *text* begins with and what follows it; or why it is none, as a sentence."""
    if found := _LENGTH.match(text):
        length = span(found[1], found[2].lower())
        if not timedelta() < length <= LONGEST:
            return f"`until {found[0]}` is not between a second and {LONGEST.days} days"
        return When(length), text[found.end() :].strip()
    if found := _INSTANT.match(text):
        return _instant(found, text)
    first = text.split(maxsplit=1)[0] if text else ""
    shown = "".join(c for c in first if c.isprintable() and c != "`")[:40]
    return f"`until {shown}`: {HOW}" if shown else f"`until` needs a time: {HOW}"


def _instant(found: re.Match[str], text: str) -> tuple[When, str] | str:
    day, time, zone = found[1], found[2], (found[3] or "").strip().upper()
    if not zone:
        return f"`until {day} {time}` does not say its zone: write `{day}T{time}Z` for UTC"
    zone = "+00:00" if zone in ("Z", "UTC") else zone
    try:
        at = datetime.fromisoformat(f"{day}T{time}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return f"`until {found[0]}` is no date and time that exists"
    return When(at), text[found.end() :].strip()
