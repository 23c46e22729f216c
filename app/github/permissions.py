"""What the App must be allowed, by what it calls and which events it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from app.core.gates.permissions import LEVELS, OPTIONAL, covers, spelled
from app.core.model.webhook_events import ALWAYS_SENT, HANDLED_EVENTS
from app.github.endpoints import ENDPOINTS, Endpoint

Kind = Literal["account", "reading", "writing", "git"]
"""What a token is for; rule GH8."""

PERMISSIONS: Mapping[str, str] = {
    **{
        f"{endpoint.method} {endpoint.path}": endpoint.permission
        for endpoint in ENDPOINTS
        if endpoint.permission
    },
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
    "deployment_protection_rule": "deployments:read",
    "issue_comment": "issues:read",
    "merge_group": "merge_queues:read",
    "pull_request": "pull_requests:read",
    "pull_request_review": "pull_requests:read",
    "push": "contents:read",
    "repository": "metadata:read",
    "status": "statuses:read",
    "workflow_job": "actions:read",
    "workflow_run": "actions:read",
}
"""
The permission without which an App may not subscribe to an event.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""


def needed() -> dict[str, str]:
    """The highest level of each permission that anything we do asks for."""
    events = (EVENT_PERMISSIONS[event] for event in HANDLED_EVENTS - ALWAYS_SENT)
    return _highest((*PERMISSIONS.values(), *events))


def kind_for(endpoint: Endpoint) -> Kind:
    """
    The kind of token that opens *endpoint*, which needs one.

    What is no repository's (the list of them, teams, people) cannot be opened by a repository's.
    """
    name, _, level = endpoint.permission.partition(":")
    if not endpoint.path.startswith(("/repos/", "/repositories/")):
        return "account"
    if level == "read":
        return "reading"
    return "git" if name == "contents" else "writing"


def asked_for(kind: Kind) -> dict[str, str]:
    """
    The permissions that a token of that kind is made with: those that its calls need.

    Merges and comments on commits are writes of contents to GitHub: they go with Git's token.
    """
    return _highest(
        endpoint.permission
        for endpoint in ENDPOINTS
        if endpoint.permission and kind_for(endpoint) == kind
    )


def least(wanted: Mapping[str, str], granted: Mapping[str, str]) -> dict[str, str]:
    """What of *wanted* was granted, each at the lower level of the two."""
    levels = {
        name: min(granted.get(name, ""), level, key=lambda word: LEVELS.get(word, 0))
        for name, level in wanted.items()
    }
    return {name: level for name, level in levels.items() if level}


def missing(granted: Mapping[str, str]) -> dict[str, str]:
    """What an installation has not granted, or not at that level; {} when it can do everything."""
    return {n: level for n, level in needed().items() if not covers(granted, n, level)}


def lacks(granted: Mapping[str, str], events: object) -> tuple[str, ...]:
    """
    What an installation misses that the App cannot do without, as pages spell it: permissions,
    then events. Optional ones are not among them, nor events of a permission that is missing.
    """
    short = {name: level for name, level in missing(granted).items() if name not in OPTIONAL}
    lacking = [spelled(name, level) for name, level in sorted(short.items())]
    if isinstance(events, list):
        for event in sorted(HANDLED_EVENTS - ALWAYS_SENT - set(filter(_is_text, events))):
            name = EVENT_PERMISSIONS[event].partition(":")[0]
            if name not in OPTIONAL and name not in short:
                lacking.append(f"the event {event}")
    return tuple(lacking)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _highest(permissions: Iterable[str]) -> dict[str, str]:
    highest: dict[str, str] = {}
    for permission in permissions:
        name, _, level = permission.partition(":")
        if LEVELS[level] > LEVELS[highest.get(name, "")]:
            highest[name] = level
    return highest
