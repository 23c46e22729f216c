"""What GitHub says of the new App while a person installs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.model.facts import RepoFact
from app.core.model.installations import InstallationFact
from app.errors import OutsideError
from app.ports.examination import Attempt, Examination
from app.setup.proposing import Start

MOST = 20
"""Installations, and repositories of each, that are shown by name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An installation."""

    account: str
    page: str
    """Where an owner changes it."""
    suspended: bool
    lacks: tuple[str, ...]
    """What was not granted to it and the App cannot do without."""
    names: tuple[str, ...] = ()
    """The first of its repositories."""
    count: int = 0
    """How many repositories it has."""
    problem: str = ""
    """Why it was not asked; "": it was."""
    starts: tuple[Start, ...] = ()
    """Where those of its repositories stand that were asked."""


@dataclass(frozen=True, slots=True)
class Look:
    """The App and where it is."""

    slug: str
    lacks: tuple[str, ...]
    """What it does not ask for although it cannot do without."""
    page: str
    """Where its developer changes that."""
    installations: tuple[Seen, ...]
    reached: Attempt | None
    """
    GitHub's newest delivery but its first ping, which comes before anybody can read it; None: there
    was none.
    """

    @property
    def has_more(self) -> bool:
        """There are repositories that are not shown by name."""
        return any(
            installation.count > len(installation.names) for installation in self.installations
        )

    @property
    def works(self) -> bool:
        """Somewhere there is a repository, and nothing is missing."""
        seen = self.installations
        whole = not self.lacks and not any(
            installation.lacks or installation.suspended for installation in seen
        )
        return whole and any(installation.count for installation in seen)


Stand = Callable[[Sequence[RepoFact]], tuple[Start, ...]]
"""Where repositories stand with their pipeline files."""


def look(github: Examination, stand: Stand = lambda _facts: ()) -> Look:
    """Ask GitHub; the five errors where it does not say who we are."""
    own = github.app()
    seen = tuple(
        _seen(github, installation, stand) for installation in github.installations()[:MOST]
    )
    return Look(own.slug, own.lacks, own.page, seen, _reached(github))


def found_by(github: Examination, which: int | str) -> RepoFact | None:
    """The repository of that number or OWNER/NAME, where an installation that works has it."""
    for installation in github.installations():
        if not installation.suspended:
            for fact in github.repositories(installation.id):
                if _is(fact, which):
                    return fact
    return None


def _is(fact: RepoFact, which: int | str) -> bool:
    """GitHub's names are the same however they are capitalised."""
    if isinstance(which, int):
        return fact.repo.id == which
    return fact.repo.full_name.lower() == which.lower()


def _seen(github: Examination, installation: InstallationFact, stand: Stand) -> Seen:
    known = Seen(installation.account, installation.url, installation.suspended, installation.lacks)
    if installation.suspended:
        return known
    try:
        facts = github.repositories(installation.id)
    except OutsideError as error:  # a new installation's token may need some seconds
        return Seen(
            installation.account,
            installation.url,
            installation.suspended,
            installation.lacks,
            problem=error.message,
        )
    names = tuple(fact.repo.full_name for fact in facts[:MOST])
    asked = stand([fact for fact in facts if not fact.archived][:MOST])
    return Seen(
        installation.account,
        installation.url,
        False,
        installation.lacks,
        names,
        len(facts),
        starts=asked,
    )


def _reached(github: Examination) -> Attempt | None:
    try:
        attempts: Sequence[Attempt] = github.attempts()
    except OutsideError:
        return None
    return next((attempt for attempt in attempts if attempt.event != "ping"), None)
