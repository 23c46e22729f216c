"""Until when a grant lasts that nobody at its own repository sees to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class HeldTime:
    """What counts for how long a grant may be held."""

    since: datetime | None
    """From when on `max-hold` counts; None: it does not, as of a person's."""
    until: datetime | None
    """When its own time is over: that of a lease, or that a person asked for; None: it has none."""

    def over(self, longest: timedelta) -> datetime | None:
        """When it turns suspect, where its groups are held for no longer than *longest*."""
        ends = (self.until, self.since + longest if self.since is not None else None)
        return min((end for end in ends if end is not None), default=None)
