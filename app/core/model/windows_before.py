"""Since when a stage's windows are as they are: the opening or the closing before an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from app.core.model.windows import DAY, Dated, Span, Window, Windows, between, on_day, opening
from app.core.model.zones import zone_of

MOST_STEPS = 60
"""So many times that follow each other without a gap are gone back through; then none is named."""
LONGEST_GAP = 16
"""Days that are gone back through: of a weekly time one may be missing where clocks change."""
_INSTANT = timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def unchanged_since(windows: Windows, now: datetime) -> datetime | None:
    """
    When it opened (or closed) last, where it is open (or closed) at *now*; None: never, or long
    ago. The same answer until it closes (or opens).
    """
    back = _open_from if opening(windows, now).at == now else _closed_from
    at = now + _INSTANT
    for _ in range(MOST_STEPS):
        earlier = back(windows, at)
        if earlier is None or earlier == at:
            return earlier
        at = earlier
    return None


def _closed_from(windows: Windows, at: datetime) -> datetime | None:
    """An instant since which it is closed until *at*; *at* itself where it is open before."""
    denied = [span[0] for span in _just_before(windows.deny, at)]
    if denied:
        return min(denied)
    if not windows.allow or any(_just_before(windows.allow, at)):
        return at
    return _last_end(windows.allow, at)


def _open_from(windows: Windows, at: datetime) -> datetime | None:
    """An instant since which it is open until *at*; *at* itself where it is closed before."""
    allowed = [span[0] for span in _just_before(windows.allow, at)]
    if any(_just_before(windows.deny, at)) or (windows.allow and not allowed):
        return at
    ends = _last_end(windows.deny, at)
    begins = [*([min(allowed)] if allowed else ()), *([ends] if ends else ())]
    return max(begins, default=None)


def _just_before(windows: Iterable[Window], at: datetime) -> Iterator[Span]:
    """The spans that hold the instant before *at*."""
    for window in windows:
        span = next(_before(window, at), None)
        if span is not None and span[1] >= at:
            yield span


def _last_end(windows: Iterable[Window], at: datetime) -> datetime | None:
    """The last end of those that are over before *at*; None: none was."""
    ends = (next((s[1] for s in _before(w, at) if s[1] < at), None) for w in windows)
    return max((end for end in ends if end is not None), default=None)


def _before(window: Window, at: datetime) -> Iterator[Span]:
    """The spans of *window* that begin before *at*, the newest first; of a weekly one some days."""
    if isinstance(window, Dated):
        span = between(window)
        if span[0] < span[1] and span[0] < at:
            yield span
        return
    today = at.astimezone(zone_of(window.zone)).date()
    for back in range(-1, LONGEST_GAP):
        try:
            day = today - back * DAY
            if day.weekday() in window.days:
                begins, ends = on_day(window, day)
                if begins < ends and begins < at:
                    yield begins, ends
        except OverflowError:  # the first year that a date can have
            return
