"""`windows`: when a stage accepts promotions, and the proof that each of them opens at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.core.config.fields import fields
from app.core.config.report import Report, did_you_mean, shown
from app.core.config.tables import WINDOWS
from app.core.config.values import texts
from app.core.config.yamldoc import Node
from app.core.model.pipeline import Mark
from app.core.model.windows import (
    ALWAYS,
    DAY,
    MINUTES,
    Dated,
    Span,
    Weekly,
    Window,
    Windows,
    spans,
)
from app.core.model.zones import zone_names, zone_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST = 50
"""Windows in one list."""
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_NAME = r"([^\s-]{1,20})"
_ZONE = r"(\S{1,100})"
_WEEKLY = re.compile(rf"\A{_NAME}(?:-{_NAME})? {_CLOCK}-(?:{_CLOCK}|24:00) {_ZONE}", re.ASCII)
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}:[0-9]{2}))?"
_DATED = re.compile(rf"{_DAY}\.\.{_DAY} {_ZONE}", re.ASCII)
_FORMS = "`Mon-Fri 09:00-16:00 Europe/Berlin` or `2026-12-24..2027-01-02 Europe/Berlin`"
_YEARS = range(2000, 2200)
_WEEK = 7 * MINUTES
_WHOLE = (1 << _WEEK) - 1
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def read_windows(report: Report, node: Node | None) -> Windows:
    """
    Read `windows`; what is wrong with an entry is told at its place, and the entry left out.

    Where expressions are not compiled, no time zone is asked for either: a hook's machine may have
    others.
    """
    keys = fields(report, node, "windows", WINDOWS) if node else None
    if keys is None:
        return ALWAYS
    if not keys.mistyped and "allow" not in keys and "deny" not in keys:
        message = "`windows` has neither `allow` nor `deny`: leave it out, or write "
        report.add(keys.mark, "missing-key", message + "`allow: [Mon-Fri 09:00-16:00 UTC]`")
    allow, deny = (_list(report, keys.get(key), key) for key in ("allow", "deny"))
    if report.expressions:
        _check_opening(report, allow, deny)
    return Windows(tuple(w for w, _ in allow), tuple(w for w, _ in deny))


def _list(report: Report, node: Node | None, key: str) -> list[tuple[Window, Mark]]:
    entries = texts(report, node, key, least=1) if node else ()
    if node and len(entries) > MOST:
        message = f"`{key}` has {len(entries)} windows; at most {MOST} are read"
        report.add(node.mark, "wrong-value", message)
        return []
    windows = []
    for entry in entries:
        try:
            windows.append((_window(report, entry.value), entry.mark))
        except _NoWindow as wrong:
            report.add(entry.mark, "bad-window", str(wrong), wrong.instead)
    return windows


class _NoWindow(Exception):
    def __init__(self, message: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.instead = instead


def _window(report: Report, entry: str) -> Window:
    if weekly := _WEEKLY.fullmatch(entry):
        return _weekly(report, entry, weekly)
    if dated := _DATED.fullmatch(entry):
        return _dated(report, entry, dated)
    whole = f"{entry} UTC"
    if _WEEKLY.fullmatch(whole) or _DATED.fullmatch(whole):
        raise _NoWindow(f"`{shown(entry)}` has no time zone{did_you_mean(whole)}", whole)
    raise _NoWindow(f"`{shown(entry)}` is not a window: write it as {_FORMS}")


def _weekly(report: Report, entry: str, match: re.Match[str]) -> Weekly:
    first, last = _day(match[1]), _day(match[2] or match[1])
    begins = int(match[3]) * 60 + int(match[4])
    ends = int(match[5]) * 60 + int(match[6]) if match[5] else MINUTES
    if begins == ends:
        whole = "it begins and ends at the same time; a whole day is `00:00-24:00`"
        raise _NoWindow(f"`{shown(entry)}`: {whole}")
    days = frozenset((first + further) % 7 for further in range((last - first) % 7 + 1))
    return Weekly(days, begins, ends, _zone(report, match[7]), entry)


def _day(name: str) -> int:
    if name in DAYS:
        return DAYS.index(name)
    meant = name[:3].capitalize()
    instead = meant if meant in DAYS else None
    there = did_you_mean(instead) or ": there are `Mon` to `Sun`"
    raise _NoWindow(f"`{shown(name)}` is not a day of the week{there}", instead)


def _dated(report: Report, entry: str, match: re.Match[str]) -> Dated:
    if (match[2] is None) != (match[4] is None):
        raise _NoWindow(f"`{shown(entry)}`: give both days a time, or neither")
    begins, ends = _local(match[1], match[2]), _local(match[3], match[4])
    if match[4] is None:
        ends += DAY  # whole days: the last one is part of it
    if begins >= ends:
        raise _NoWindow(f"`{shown(entry)}` ends before it begins")
    return Dated(begins, ends, _zone(report, match[5]), entry)


def _local(day: str, clock: str | None) -> datetime:
    try:
        midnight = clock == "24:00"
        moment = datetime.fromisoformat(f"{day} {'00:00' if midnight else clock or '00:00'}")
        moment += midnight * DAY
    except ValueError as error:
        raise _NoWindow(f"there is no `{' '.join(filter(None, (day, clock)))}`") from error
    if moment.year not in _YEARS:
        raise _NoWindow(f"`{day}` is not in the years {_YEARS[0]} to {_YEARS[-1]}")
    return moment


def _zone(report: Report, name: str) -> str:
    if not report.expressions or name in _zones().values():
        return name
    meant = _zones().get(report.closest(name, _zones()) or "")
    there = did_you_mean(meant) or ": write one of IANA's, such as `Europe/Berlin`, or `UTC`"
    raise _NoWindow(f"`{shown(name)}` is not a time zone{there}", meant)


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    """The zones that the machine has, by their names in small letters with hyphens."""
    return {name.lower().replace("_", "-"): name for name in sorted(zone_names())}


def _check_opening(
    report: Report, allow: Sequence[tuple[Window, Mark]], deny: Sequence[tuple[Window, Mark]]
) -> None:
    """
    Tell each allowed window that denied ones leave nothing of.

    Weekly times of different zones move against each other, so they are taken not to cover it.
    """
    denied = [window for window, _ in deny]
    weekly: dict[str, int] = {}
    for window in denied:
        if isinstance(window, Weekly):
            weekly[window.zone] = weekly.get(window.zone, 0) | _minutes(window)
    if _WHOLE in weekly.values():
        message = "`deny` covers the whole week: nothing ever enters"
        report.add(deny[0][1], "never-opens", message)
        return
    for window, mark in allow:
        if not _opens(window, denied, weekly.get(window.zone, 0)):
            message = f"`{shown(window.written)}` never opens: `deny` covers all of it"
            report.add(mark, "never-opens", message)


def _opens(window: Window, denied: Sequence[Window], weekly: int) -> bool:
    """Tell whether the denied ones, and the minutes *weekly* of its zone, leave a part of it."""
    if isinstance(window, Weekly):
        return bool(_minutes(window) & ~weekly)
    zone = zone_of(window.zone)
    return any(
        ends - begins >= 7 * DAY or _of_week(begins.astimezone(zone), ends - begins) & ~weekly
        for begins, ends in _left(window, denied)
    )


def _left(window: Dated, denied: Iterable[Window]) -> Iterator[Span]:
    """What dated denied ones leave of it."""
    begins, end = next(spans(window, _LONG_AGO), (_LONG_AGO, _LONG_AGO))
    taken = (next(spans(w, _LONG_AGO), None) for w in denied if isinstance(w, Dated))
    for span in sorted(span for span in taken if span):
        if begins < min(span[0], end):
            yield begins, min(span[0], end)
        begins = max(begins, span[1])
    if begins < end:
        yield begins, end


def _minutes(window: Weekly) -> int:
    """The minutes of the week that it covers, a bit each."""
    length = (window.ends - window.begins) % MINUTES or MINUTES
    covered = 0
    for day in window.days:
        covered |= _bits(day * MINUTES + window.begins, length)
    return covered


def _of_week(local: datetime, length: timedelta) -> int:
    first = local.weekday() * MINUTES + local.hour * 60 + local.minute
    return _bits(first, math.ceil(length / timedelta(minutes=1)))


def _bits(first: int, length: int) -> int:
    bits = ((1 << length) - 1) << first
    return (bits | bits >> _WEEK) & _WHOLE
