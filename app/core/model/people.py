"""
People, and who of them `approve` and `allow` name.

A person is their account's number: logins change hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.facts import Role
from app.core.model.names import FreightId, StageName

SOMEBODY = "ghost"
"""GitHub's own name for whom nobody knows any more."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account on GitHub."""

    id: int
    """The account's number; 0: nobody noted it."""
    login: str
    """What they were called when we heard of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do in a repository now, and what they are called."""

    login: str
    role: Role


@dataclass(frozen=True, slots=True)
class People:
    """Who a stage's file names; neither teams nor users: nobody in particular."""

    teams: tuple[str, ...] = ()
    """Of the repository's owner, by their slugs."""
    users: tuple[str, ...] = ()
    """By their logins."""

    @property
    def named(self) -> bool:
        """Somebody is named."""
        return bool(self.teams or self.users)

    def has(self, login: str) -> bool:
        """Tell whether *login* is among the users; case says nothing."""
        return login.casefold() in (user.casefold() for user in self.users)


NOBODY = People()
"""Nobody in particular."""


@dataclass(frozen=True, slots=True)
class Approve:
    """`approve`: whose leave freight needs."""

    people: People = NOBODY
    """Who may give it; nobody in particular: whoever may command the stage."""
    count: int = 1
    """How many have to."""
    allow_author: bool = False
    """One of them may be the only author of what is new."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's recorded leave for a freight in a stage; they may take it back."""

    stage: StageName
    freight: FreightId
    user_id: int
    """The number of their account."""
    login: str
    """What they were called then."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """
    A person's word that *freight* enters no stage where it is not yet, until it is allowed again.
    """

    freight: FreightId
    reason: str
    """The person's words."""
    by: str
    """The person's login."""
    since: datetime


def handle(login: str) -> str:
    """How people write who that is: ``@mia``; a token's name, which has a colon, as it is."""
    return login if ":" in login else f"@{login}"
