"""What GitHub said no to: a merge of ours, and what we saw of the pull request then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.names import Sha


@dataclass(frozen=True, slots=True)
class MergeRefusal:
    """
    A merge that GitHub refused; *at* is the first time that it did so to what was *seen* there.

    *seen* is a mark of the head, its reviews and its checks. *mergeable*: GitHub said before, in
    the pull request itself, that nothing keeps it from being merged. *again*: the newest time that
    it did so to a later grant, which went back at once; None: to the first grant only. *head*: what
    was to be merged, also where the mark leaves it out; None: not kept by an earlier version.
    """

    seen: str
    mergeable: bool
    at: datetime
    again: datetime | None = None
    head: Sha | None = None
