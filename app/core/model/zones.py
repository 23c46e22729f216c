"""
Time zones by IANA's names, as `zoneinfo` has them (https://docs.python.org/3/library/zoneinfo.html).

A local time that does not exist (clocks are set forward) counts as the first that does; of one that
comes twice, the first counts for a beginning, the second for an end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


_OF_THE_MACHINE = {"localtime", "posixrules", "Factory"}
"""Names that Python lists as zones, and that mean another time on each machine, or none."""


@cache
def zone_names() -> frozenset[str]:
    """All names that there are; `UTC` is one."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - as in `zone_of`

    return frozenset(available_timezones()) - _OF_THE_MACHINE


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, one of `zone_names`."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - it reads the machine when it is imported

    return ZoneInfo(name)


def instant(local: datetime, zone: str, *, end: bool = False) -> datetime:
    """
    The instant, in UTC, of a local time in *zone*; *end*: of one that comes twice the second.

    OverflowError where no year is left for it.
    """
    place = zone_of(zone)
    early, late = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return late if end else early
    return _change(late, early, place)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When clocks are set forward between two instants: the first whole second after it."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        there = (before + timedelta(seconds=middle)).astimezone(zone)
        low, high = (middle, high) if there.utcoffset() == offset else (low, middle)
    return before + timedelta(seconds=high)
