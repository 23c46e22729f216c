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
    """*login* is what they were called when we heard of them; *id* 0: nobody noted it."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do in a repository now, and what they are called."""

    login: str
    role: Role


@dataclass(frozen=True, slots=True)
class People:
    """
    Who a stage's file names: *teams* of the repository's owner, by their slugs, and *users*.

    Neither: nobody in particular.
    """

    teams: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

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
    """`approve`: so many people's leave, by *people*, else by whoever may command the stage."""

    people: People = NOBODY
    count: int = 1
    allow_author: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """
    A person's recorded leave for *freight* in *stage*; they may take it back.

    *user_id* is the number of their account, *login* what they were called then.
    """

    stage: StageName
    freight: FreightId
    user_id: int
    login: str
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
