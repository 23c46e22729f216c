"""Our App as GitHub knows it, and where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InstallationFact:
    """
    An installation of our App on an account.

    *url* is the page on which an owner grants permissions ("" unknown). *lacks* are those that the
    App cannot do without, as pages spell them, and the events that it is not sent.
    """

    id: int
    account: str
    suspended: bool
    permissions: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    lacks: tuple[str, ...] = ()
    account_id: int = 0
    """The account's number; 0: not known."""
    organization: bool = False
    """The account is an organisation's."""


@dataclass(frozen=True, slots=True)
class AppFact:
    """
    Our App as GitHub knows it; *page* is where its developer changes what it asks for. *lacks* is
    what it does not ask for although it cannot do without, as `InstallationFact.lacks`.
    """

    id: int
    slug: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    lacks: tuple[str, ...] = ()
