"""Lengths of time as people write them: a whole number and `s`, `m`, `h` or `d`."""

from __future__ import annotations

from datetime import timedelta

DURATION = r"[0-9]{1,5}[smhd]"
"""As the pipeline file and the command line take them; at most 273 years."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(number: str, unit: str) -> timedelta:
    """Read *number* (digits) of *unit*, one of `s`, `m`, `h`, `d`."""
    return timedelta(**{_UNITS[unit]: int(number)})
