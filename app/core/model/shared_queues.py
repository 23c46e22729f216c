"""The queue of a lock group, as far as somebody reads it who needs to know no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.model.lock_requests import OwnRequest

NEAR = 20
"""How many who wait for a group are known, and shown, by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class SharedQueue:
    """The queue of a group that repositories share."""

    of: int = 0
    """How many wait in it."""
    places: Mapping[int, int] = field(default_factory=dict)
    """Where this repository's own are, by request; 1 is next."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands in the queue of one group."""

    place: int | None = None
    """1 is next; None: it does not wait."""
    of: int | None = None
    """How many wait in it; None: the request does not wait."""
    holder: OwnRequest | None = None
    """Who holds the group longest; None: nobody does."""
