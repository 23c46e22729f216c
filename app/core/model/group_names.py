"""
What tells lock groups apart: a name in one repository, or a name in one organisation.

A repository's own group is its name alone. One of the organisation has the organisation's number
before it, ``org-5/e2e-env``: so the same name in both scopes is two groups, and a repository that
goes to another organisation names another group. People read and write the name alone.
"""

from __future__ import annotations

import re

from app.core.model.names import GroupName

_SCOPE = re.compile(r"org-([0-9]{1,18})\Z")


def of_organization(account_id: int, name: str) -> GroupName:
    """The group *name* of the organisation with that number."""
    return GroupName(f"org-{account_id}/{name}")


def spoken(group: GroupName) -> str:
    """The name alone, as people write it."""
    return group.rpartition("/")[2]


def organization(group: GroupName) -> int | None:
    """The number of the organisation that *group* belongs to; None: to a repository."""
    scope = _SCOPE.match(group.rpartition("/")[0])
    return int(scope[1]) if scope is not None else None


def place(group: GroupName, home: str) -> tuple[str, str]:
    """The scope of *group*, and its name there; *home* is that of the repository that names it."""
    scope, _, name = group.rpartition("/")
    return scope or home, name


def named_from(scope: str, name: str, home: str) -> GroupName:
    """The group of that *scope* and *name* as the repository with the scope *home* names it."""
    return GroupName(name if scope == home else f"{scope}/{name}")
