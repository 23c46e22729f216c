"""
External lock services as values: what one is asked about, what it answers, and who may use it.

The server's settings have the profiles (where a service is, how it is spoken to); a repository's
file names a profile and what to lock there, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

from app.core.model.group_names import spoken
from app.core.model.names import GroupName


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """What a lock group says of its service: a profile's *name*, and what to lock there."""

    name: str
    resource: str

    def __str__(self) -> str:
        return f"{self.name}: {self.resource}"


@dataclass(frozen=True, slots=True)
class LockAsked:
    """Whose lock a service is asked about."""

    name: str
    """What is locked there."""
    owner: str
    """Ours alone, and the same in every call about one grant, repeated ones too."""
    token: str
    """As *owner*, and nobody can guess it; once the service gives a token of its own, that one."""


@dataclass(frozen=True, slots=True)
class Granted:
    """It is held for the asker."""

    token: str = ""
    """What the service wants to hear in later calls; "": what it was told."""
    lease: timedelta | None = None
    """It lasts so long from when the call began, unless renewed; None: for ever."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else has it."""

    holder: str = ""
    """Who, as far as the service says; foreign text."""
    token: str = ""
    """
    The service keeps a place for the asker under this name, and has to be told when nobody waits
    any more; "": it keeps none.
    """


@dataclass(frozen=True, slots=True)
class Gone:
    """The asker has nothing there: it is free, or was given back."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Nobody knows: it may be held for the asker, or not."""

    reason: str
    """What came back, without any secret."""


@dataclass(frozen=True, slots=True)
class Refused:
    """
    It did nothing, and not because somebody else has it: it does not know us, or the resource. Only
    a person changes that.
    """

    reason: str
    """What came back, without any secret."""


ServiceAnswer = Granted | Busy | Gone | Ambiguous | Refused

ServiceRefusal = Literal["unknown", "organization", "no-organization", "resource"]
"""
Why a repository may not use a service: the server has no such profile; it is for other
organizations; it names none although the App is installed in several; this resource is not listed.
"""


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """Who may use a profile of this server, and for what."""

    name: str
    """The profile's."""
    kind: str
    """Which service it speaks to."""
    organizations: tuple[str, ...] = ()
    """The accounts that may use it, by their names."""
    resources: tuple[str, ...] = ()
    """Globs; (): only a resource that is called like its lock group."""


@dataclass(frozen=True, slots=True)
class ServicesKnown:
    """The profiles that this server has."""

    terms: Mapping[str, ServiceTerms] = field(default_factory=dict)
    """By the profile's name."""
    alone: bool = True
    """The App is installed in one account only."""


def refusal(
    known: ServicesKnown, use: ServiceUse, group: GroupName, owner: str
) -> ServiceRefusal | None:
    """Why a repository of the account *owner* may not *use* a service for *group*; None: it may."""
    terms = known.terms.get(use.name)
    if terms is None:
        return "unknown"
    if not terms.organizations and not known.alone:
        return "no-organization"
    if terms.organizations and not _is_among(owner, terms.organizations):
        return "organization"
    allowed = terms.resources or (spoken(group),)
    return None if _matches(use.resource, allowed) else "resource"


def _is_among(owner: str, names: Iterable[str]) -> bool:
    """GitHub's names of accounts differ by more than their case."""
    return owner.lower() in {name.lower() for name in names}


def _matches(resource: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(resource, glob) for glob in globs)
