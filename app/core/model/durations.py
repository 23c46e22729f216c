"""Lengths of time as people write them: a whole number and `s`, `m`, `h` or `d`."""

from __future__ import annotations

from datetime import timedelta

MOST_DIGITS = 5
DURATION = rf"[0-9]{{1,{MOST_DIGITS}}}[smhd]"
"""As the pipeline file and the command line take them; at most 273 years."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(number: str, unit: str) -> timedelta:
    """Read *number* (digits) of *unit*, one of `s`, `m`, `h`, `d`."""
    return timedelta(**{_UNITS[unit]: int(number)})
