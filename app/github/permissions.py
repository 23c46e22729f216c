"""What the App must be allowed, by what it calls and which events it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.core.events import ALWAYS_SENT, HANDLED_EVENTS
from app.github.endpoints import ENDPOINTS

PERMISSIONS: Mapping[str, str] = {
    **{f"{one.method} {one.path}": one.permission for one in ENDPOINTS if one.permission},
    "git push": "contents:write",
    "git fetch": "contents:read",
}
"""Each call, and the permission it needs as ``name:level``."""

EVENT_PERMISSIONS: Mapping[str, str] = {
    "check_run": "checks:read",
    "check_suite": "checks:read",
    "commit_comment": "contents:read",
    "create": "contents:read",
    "delete": "contents:read",
    "issue_comment": "issues:read",
    "merge_group": "merge_queues:read",
    "pull_request": "pull_requests:read",
    "pull_request_review": "pull_requests:read",
    "push": "contents:read",
    "repository": "metadata:read",
    "status": "statuses:read",
}
"""
The permission without which an App may not subscribe to an event.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

_LEVELS = {"": 0, "read": 1, "write": 2, "admin": 3}


def needed() -> dict[str, str]:
    """The highest level of each permission that anything we do asks for."""
    events = (EVENT_PERMISSIONS[event] for event in HANDLED_EVENTS - ALWAYS_SENT)
    return _highest((*PERMISSIONS.values(), *events))


def missing(granted: Mapping[str, str]) -> dict[str, str]:
    """What an installation has not granted, or not at that level; {} when it can do everything."""
    return {
        name: level
        for name, level in needed().items()
        if _LEVELS.get(granted.get(name, ""), 0) < _LEVELS[level]
    }


def _highest(permissions: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for permission in permissions:
        name, _, level = permission.partition(":")
        if _LEVELS[level] > _LEVELS[found.get(name, "")]:
            found[name] = level
    return found
