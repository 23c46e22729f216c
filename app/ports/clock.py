"""Time, as a role."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        ...
