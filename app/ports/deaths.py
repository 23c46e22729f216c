"""Looks that died with the processes that worked on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

PAUSES = tuple(timedelta(seconds=min(10 * 2**n, 3600)) for n in range(10))
"""How long something rests after its looks died: from the second one in a row on."""


@dataclass(frozen=True, slots=True)
class Death:
    """The last looks at a key died with their processes."""

    key: str
    times: int
    """How many in a row."""
    why: str
    """What the last one died of."""
    rests: timedelta
    """How long it is still not looked at again."""
