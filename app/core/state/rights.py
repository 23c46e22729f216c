"""May this person do it? Asked of GitHub, never of a name that somebody had once."""

from __future__ import annotations

from app.core.model.names import FreightId, StageName
from app.core.model.people import People, Person, handle
from app.core.model.pipeline import Stage
from app.core.state.ledger import Ledger

WRITERS = frozenset({"write", "maintain", "admin"})


def may(ledger: Ledger, person: Person, people: People) -> bool | None:
    """
    Whether *person* is one of *people* now, or has write where these name nobody.

    Who sees nothing of the repository any more is none of them. None (and a question): not known.
    """
    standing = ledger.standing(person)
    if standing is None:
        return None
    if not people.named:
        return standing.role in WRITERS
    if standing.role == "none":
        return False
    if people.has(standing.login):
        return True
    called = Person(person.id, standing.login)
    answers = [ledger.member(team, called) for team in people.teams]
    return True if True in answers else None if None in answers else False


def approvers(stage: Stage) -> People:
    """Who approves there: those that `approve` names, else those that `allow` names."""
    if stage.approve is not None and stage.approve.people.named:
        return stage.approve.people
    return stage.allow


def only_author(
    ledger: Ledger, stage: StageName, freight: FreightId, person: Person
) -> bool | None:
    """Whether nobody else wrote what *freight* brings; None (and a question): not known yet."""
    authors = ledger.authors(stage, freight)
    return None if authors is None else authors == {person.id}


def spelled(people: People, owner: str) -> tuple[str, ...]:
    """Those that *people* names, as they are written in a comment: ``@ada``, ``@acme/release``."""
    return (*(handle(user) for user in people.users), *(f"@{owner}/{t}" for t in people.teams))
