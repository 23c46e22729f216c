"""The queue of a lock group that repositories share, as far as one of them reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NEAR = 20
"""How many who wait for a group are known, and shown, by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class SharedQueue:
    """
    The queue of a group that repositories share: *of* so many wait; *places* is where this
    repository's own are in it, by request, 1 is next.
    """

    of: int = 0
    places: Mapping[int, int] = field(default_factory=dict)
