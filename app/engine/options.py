"""What the settings say about looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from app.core.locks.quota import Quota
from app.ports import LockServices


@dataclass(frozen=True, slots=True)
class Options:
    """
    *github_url* is where people look; *quiet* what globs wait for after a push; comments whose
    delivery was lost are found by listing them, *list_comments_every* so often. *publish_locks*:
    the server has our hook, which reads the locks from refs. *services*: external lock services.
    """

    github_url: str
    quiet: timedelta
    list_comments_every: timedelta
    publish_locks: bool = False
    lock_quota: Quota = field(default_factory=Quota)
    services: LockServices = field(default_factory=LockServices)
