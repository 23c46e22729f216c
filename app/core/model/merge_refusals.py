"""What GitHub said no to: a merge of ours, and what we saw of the pull request then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.names import Sha


@dataclass(frozen=True, slots=True)
class MergeRefusal:
    """A merge that GitHub refused."""

    seen: str
    """A mark of the head, its reviews and its checks as they were then."""
    mergeable: bool
    """GitHub said before, in the pull request itself, that nothing keeps it from being merged."""
    at: datetime
    """The first time that it refused what was *seen*."""
    again: datetime | None = None
    """
    The newest time that it refused that to a later grant, which went back at once; None: to the
    first grant only.
    """
    head: Sha | None = None
    """
    What was to be merged, also where the mark leaves it out; None: not kept by an earlier version.
    """
