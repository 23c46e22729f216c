"""The queue of a lock group that repositories share, as far as one of them reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NEAR = 20
"""How many who wait for a group are known, and shown, by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class SharedQueue:
    """The queue of a group that repositories share."""

    of: int = 0
    """How many wait in it."""
    places: Mapping[int, int] = field(default_factory=dict)
    """Where this repository's own are, by request; 1 is next."""
