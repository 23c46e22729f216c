"""Quotas of unfinished lock requests by people and clients, a repository, pull request, token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.core.locks.foreign import home
from app.core.model.lock_requests import LIVE, DirectRequest


@dataclass(frozen=True, slots=True)
class Quota:
    """
    At most so many unfinished requests. Stages are not counted: each has one place, and the file
    says how many there are.
    """

    repository: int = 20
    """Of one repository in a group."""
    pull: int = 5
    """Asked for on one pull request in a group."""
    token: int = 200
    """With one token in all groups."""


@dataclass(frozen=True, slots=True)
class OverQuota:
    """Not queued: as many unfinished requests as are allowed are there already."""

    what: Literal["repository", "pull", "token"]
    """Of which of the limits of `Quota`."""
    most: int
    """That limit."""


def over(quota: Quota, wanted: DirectRequest, others: Iterable[DirectRequest]) -> OverQuota | None:
    """
    Why *wanted* is one too many beside *others*: all unfinished ones on its groups, and of its
    token; None: it is not.
    """
    live = [request for request in others if request.state in LIVE and request.key != wanted.key]
    for group in wanted.groups:
        there = [r for r in live if group in r.groups and home(r) == home(wanted)]
        if len(there) >= quota.repository:
            return OverQuota("repository", quota.repository)
        if wanted.pull is not None and sum(r.pull == wanted.pull for r in there) >= quota.pull:
            return OverQuota("pull", quota.pull)
    if wanted.kind == "client":
        mine = [r for r in live if r.kind == "client" and r.asker == wanted.asker]
        if len(mine) >= quota.token:
            return OverQuota("token", quota.token)
    return None
