"""Our App as GitHub knows it, and where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InstallationFact:
    """An installation of our App on an account: https://docs.github.com/rest/apps/apps."""

    id: int
    account: str
    """The account's login."""
    suspended: bool
    permissions: Mapping[str, str] = field(default_factory=dict)
    """What the account's owner granted: name -> level."""
    url: str = ""
    """The page on which an owner grants permissions; "": not known."""
    lacks: tuple[str, ...] = ()
    """
    What the App cannot do without and has not: permissions as pages spell them, and events that it
    is not sent.
    """
    account_id: int = 0
    """The account's number; 0: not known."""
    organization: bool = False
    """The account is an organisation's."""


@dataclass(frozen=True, slots=True)
class AppFact:
    """Our App as GitHub knows it."""

    id: int
    slug: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    """What it asks for: name -> level."""
    page: str = ""
    """Where its developer changes what it asks for; "": not known."""
    lacks: tuple[str, ...] = ()
    """What it does not ask for although it cannot do without, as `InstallationFact.lacks`."""
