"""What people may do, kept for five minutes, and who wrote what a freight brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.model.facts import Commit, Role
from app.core.model.names import FreightId, Repo, Sha, StageName, WarehouseName
from app.core.model.people import Person, Standing
from app.core.model.questions import AuthorsQuestion, MemberQuestion, Question, StandingQuestion
from app.core.model.snapshot import Snapshot
from app.core.state.ledger import Ledger
from app.engine.survey.commit_graph import Step, Watches, fires
from app.errors import OutsideError
from app.ports import Forge, GitRepo

KEPT = timedelta(minutes=5)
"""How long an answer about a person counts."""


def role_of(forge: Forge, repo: Repo, person: Person) -> Role:
    """What the person may do there, asked now: by their number, by name where nobody noted it."""
    if not person.id:
        return forge.permission(repo, person.login)
    return forge.standing(repo, person).role


def called_now(forge: Forge, repo: Repo, person: Person) -> str:
    """
    The login by which the person is called, so that nobody is who has that of another by now; ""
    where that cannot be told.
    """
    try:
        standing = forge.standing(repo, person) if person.id else None
    except OutsideError:
        return ""
    return standing.login if standing is not None and standing.role != "none" else ""


OfPeople = StandingQuestion | MemberQuestion | AuthorsQuestion
Watcher = Callable[[WarehouseName], Watches]
_Key = tuple[int, StandingQuestion | MemberQuestion]


@dataclass(slots=True)
class Acquaintances:
    """What a process was told of people: by repository and question, with the time; it may go."""

    standings: dict[_Key, tuple[datetime, Standing]] = field(default_factory=dict)
    members: dict[_Key, tuple[datetime, bool]] = field(default_factory=dict)
    accounts: dict[tuple[int, str], int] = field(default_factory=dict)
    """By repository and e-mail address of an author: whose account that is, 0: nobody's."""

    def tidy(self, now: datetime) -> None:
        """Forget what no longer counts."""
        self.standings = {k: v for k, v in self.standings.items() if now - v[0] < KEPT}
        self.members = {k: v for k, v in self.members.items() if now - v[0] < KEPT}


class PeopleRoom:
    """Answers for one tick of one repository."""

    def __init__(self, repo: Repo, forge: Forge, git: GitRepo, known: Acquaintances) -> None:
        self._repo, self._forge, self._git, self._known = repo, forge, git, known

    def forget(self, questions: Iterable[Question]) -> None:
        """The next answers are those of this moment."""
        for question in questions:
            match question:
                case StandingQuestion():
                    self._known.standings.pop((self._repo.id, question), None)
                case MemberQuestion():
                    self._known.members.pop((self._repo.id, question), None)
                case _:
                    pass

    def answer(self, snapshot: Snapshot, question: OfPeople, watcher: Watcher) -> Snapshot:
        """*snapshot* with the answer; *watcher* tells what a warehouse watches."""
        now = snapshot.now
        self._known.tidy(now)
        match question:
            case StandingQuestion(person):
                standings = self._known.standings
                key = (self._repo.id, question)
                if key not in standings:
                    standings[key] = now, self._forge.standing(self._repo, person)
                answered = {**snapshot.standings, person.id: standings[key][1]}
                return replace(snapshot, standings=answered)
            case MemberQuestion(team, person):
                members = self._known.members
                asked = (self._repo.id, question)
                if asked not in members:
                    members[asked] = now, self._forge.is_member(self._repo, team, person.login)
                known = {**snapshot.members, (team, person.id): members[asked][1]}
                return replace(snapshot, members=known)
            case AuthorsQuestion(stage, freight):
                watches = watcher(freight.warehouse)
                authors = frozenset(self._authors(snapshot, stage, freight, watches))
                return replace(snapshot, authors={**snapshot.authors, (stage, freight): authors})

    def _authors(
        self, snapshot: Snapshot, stage: StageName, freight: FreightId, watches: Watches
    ) -> set[int]:
        """At most two: with two nobody is the only one."""
        accounts = set[int]()
        for commit in self._new(snapshot, stage, freight, watches):
            accounts.add(self._account(commit))
            if len(accounts) > 1:
                break
        return accounts

    def _new(
        self, snapshot: Snapshot, stage: StageName, freight: FreightId, watches: Watches
    ) -> Iterator[Commit]:
        """
        The commits on watched paths that *freight* holds, and the stage's freight does not.

        Who merges writes nothing; only where merges alone changed something do they count. Of a
        stage that holds no freight yet the freight's own change counts.
        """
        pipeline = snapshot.config.pipeline
        current = Ledger(snapshot, pipeline).views[stage].current if pipeline else None
        own = self._fact(freight.sha)
        base = current.freight.sha if current is not None else next(iter(own.parents), None)
        if base is None or not self._git.has(base):
            yield own
            return
        merges, written = list[Commit](), False
        for sha in self._git.beyond(base, [freight.sha]):
            commit = self._fact(sha)
            if not fires(self._git, watches, Step(sha, next(iter(commit.parents), None))):
                continue
            if len(commit.parents) > 1:
                merges.append(commit)
            else:
                written = True
                yield commit
        if not written:
            yield from merges

    def _fact(self, sha: Sha) -> Commit:
        return self._git.first_parents(sha, limit=1)[0]

    def _account(self, commit: Commit) -> int:
        """Whose account GitHub takes the commit's author to be."""
        mail = commit.authors[0][1] if commit.authors else ""
        key = (self._repo.id, mail)
        if key not in self._known.accounts:
            self._known.accounts[key] = self._forge.author(self._repo, commit.sha)
        return self._known.accounts[key]
