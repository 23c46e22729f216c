"""What the settings say about looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from app.core.locks.quota import Quota
from app.ports import LockServices


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say of the work."""

    github_url: str
    """Where people look, without a trailing slash."""
    quiet: timedelta
    """How long a glob waits after a push for checks that may still begin."""
    list_comments_every: timedelta
    """Comments whose delivery was lost are found by listing them, so often."""
    publish_locks: bool = False
    """The server has our hook, which reads the locks from refs."""
    lock_quota: Quota = field(default_factory=Quota)
    services: LockServices = field(default_factory=LockServices)
    """External lock services."""
