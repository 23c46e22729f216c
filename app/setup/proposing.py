"""A first `stagelock.yaml`, on a person's request, as a pull request by the App."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.model.facts import Identity, PullFact, RefUpdate, RepoFact
from app.core.model.names import FIRST_FILE, Repo, Sha
from app.core.text import proposing_words as words
from app.core.text.markup import event_id
from app.core.text.starter_report import MESSAGE
from app.engine.starting import Started, started
from app.engine.survey.config_in_force import FILE
from app.errors import Conflict, Denied, Missing, OutsideError, Rejected
from app.ports import Clock, Forge, GitMirrors, GitRepo, History

Note = Callable[[int, str, Mapping[str, object]], None]
"""Keeps an audit entry of a repository, by its number, under an event id."""


class State(StrEnum):
    """Whether a repository has a pipeline file; ASKED: not known yet."""

    ASKED = "asked"
    NONE = "none"
    PROPOSED = "proposed"
    THERE = "there"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a repository stands."""

    repo: Repo
    state: State = State.ASKED
    pull: int = 0
    """The open pull request that proposes its file; 0: there is none."""


class Hindrance(StrEnum):
    """Why nothing was proposed."""

    THERE = "there"
    EMPTY = "empty"
    ARCHIVED = "archived"
    NOTHING = "nothing"
    FOREIGN = "foreign"
    NO_ROOM = "no-room"
    RULES = "rules"
    RIGHTS = "rights"
    BUSY = "busy"
    MOVED = "moved"
    GONE = "gone"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of a request to propose a file."""

    repo: Repo | None
    """None: we do not see it."""
    pull: int = 0
    """The pull request; 0: there is none."""
    started: Started | None = None
    """
    What was proposed, or would be (`NOTHING`: the smallest file); None: that was not made, as for a
    pull request that is open already.
    """
    hindrance: Hindrance | None = None
    """What was in the way; None: nothing."""
    said: str = ""
    """GitHub's words for *hindrance*."""


def audited(history: History, clock: Clock) -> Note:
    """Keep entries in *history*, with the time of writing."""

    def note(repo_id: int, event: str, entry: Mapping[str, object]) -> None:
        history.audit(None, repo_id, event, clock(), entry)

    return note


class Proposer:
    """Proposes files over the App's own mirrors; *who* writes the commits, *note* the audit."""

    def __init__(
        self, forge: Forge, mirrors: GitMirrors, who: Callable[[], Identity], note: Note
    ) -> None:
        self._forge, self._mirrors, self._who, self._note = forge, mirrors, who, note

    def standing(self, fact: RepoFact) -> Start:
        """Where *fact* stands now; a repository without a file gets no mirror by being asked."""
        if not self._mirrors.holds(fact.repo, fact.default_branch, FILE):
            return Start(fact.repo, State.NONE)
        with self._mirrors.open(fact.repo) as git:
            tips = git.fetch()
            if _has_file(git, tips.get(fact.default_branch)):
                return Start(fact.repo, State.THERE)
        pull = self._open_pull(fact) if FIRST_FILE in tips else None
        return (
            Start(fact.repo, State.PROPOSED, pull.number) if pull else Start(fact.repo, State.NONE)
        )

    def propose(self, fact: RepoFact, *, smallest: bool) -> Proposed:
        """
        Open the pull request, or find the one that is open; may be repeated, also after a crash.

        Where no stages are found, only with *smallest* is the file proposed that asks for them.
        """
        try:
            return self._twice(fact, smallest=smallest)
        except Rejected as error:
            return Proposed(fact.repo, hindrance=Hindrance.RULES, said=error.message)
        except Denied as error:
            return Proposed(fact.repo, hindrance=Hindrance.RIGHTS, said=error.message)
        except Conflict as error:
            return Proposed(fact.repo, hindrance=Hindrance.MOVED, said=error.message)
        except Missing as error:
            return Proposed(fact.repo, hindrance=Hindrance.GONE, said=error.message)
        except OutsideError as error:
            return Proposed(fact.repo, hindrance=Hindrance.SILENT, said=error.message)

    def _twice(self, fact: RepoFact, *, smallest: bool) -> Proposed:
        """Where somebody asked at the same moment, what came of that is found."""
        try:
            return self._propose(fact, smallest=smallest)
        except Conflict:
            return self._propose(fact, smallest=smallest)

    def _propose(self, fact: RepoFact, *, smallest: bool) -> Proposed:
        repo, branch = fact.repo, fact.default_branch
        if fact.archived:
            return Proposed(repo, hindrance=Hindrance.ARCHIVED)
        with self._mirrors.open(repo) as git:
            tips = git.fetch()
            head, ours = tips.get(branch), tips.get(FIRST_FILE)
            if head is None:
                return Proposed(repo, hindrance=Hindrance.EMPTY)
            if _has_file(git, head):
                return Proposed(repo, hindrance=Hindrance.THERE)
            if ours is not None and (pull := self._open_pull(fact)) is not None:
                return Proposed(repo, pull.number)
            if taken := _taken(branch, tips):
                return Proposed(repo, hindrance=Hindrance.NO_ROOM, said=taken)
            who = self._who()
            made = started(git, head, branch, head, who)
            if not made.starter.parts and not smallest:
                return Proposed(repo, started=made, hindrance=Hindrance.NOTHING)
            if ours is not None and not _is_ours(git, ours, head, who):
                return Proposed(repo, hindrance=Hindrance.FOREIGN)
            if ours != made.itself:
                git.push([RefUpdate(f"refs/heads/{FIRST_FILE}", made.itself, ours)])
        event = self._noted(repo, made.itself)
        text = words.body(made.starter, made.ticks, made.itself, event)
        pull = self._forge.create_pull(repo, FIRST_FILE, branch, words.TITLE, text)
        return Proposed(repo, pull.number, made)

    def _noted(self, repo: Repo, itself: Sha) -> str:
        """
        Keep the entry which the pull request's event id opens; the id.

        Kept before, so that the id never opens nothing; the same commit, proposed again after a
        crash or once people closed it, has the same entry.
        """
        event = event_id("first-file", repo.id, itself)
        entry = {"kind": "first-file", "branch": FIRST_FILE, "commit": itself, "title": words.TITLE}
        self._note(repo.id, event, entry)
        return event

    def _open_pull(self, fact: RepoFact) -> PullFact | None:
        pulls = self._forge.pulls_from(fact.repo, FIRST_FILE)
        there = (p for p in pulls if p.state == "open" and p.base_ref == fact.default_branch)
        return next(there, None)


def _has_file(git: GitRepo, tip: Sha | None) -> bool:
    """Anything stands in its place, a folder or a link, too."""
    return tip is not None and next(iter(git.versions(tip, FILE)))[1] is not None


def _taken(branch: str, tips: Collection[str]) -> str:
    """The branch that leaves ours no room: https://git-scm.com/docs/git-check-ref-format."""
    if branch == FIRST_FILE:
        return branch
    above = (tip for tip in tips if FIRST_FILE.startswith(f"{tip}/"))
    below = (tip for tip in sorted(tips) if tip.startswith(f"{FIRST_FILE}/"))
    return next(above, "") or next(below, "")


def _is_ours(git: GitRepo, tip: Sha, head: Sha, who: Identity) -> bool:
    """
    Beyond *head* the branch has one commit, as we would write it with what it holds: what a crash
    or a pull request that was closed left. Commits of people, also ours that they amended, are
    never moved away.
    """
    beyond = list(git.beyond(head, [tip]))
    if not beyond:
        return True
    [commit] = git.first_parents(tip, limit=1)
    text = git.read(tip, FILE)
    if beyond != [tip] or len(commit.parents) != 1 or text is None:
        return False
    return git.with_file(commit.parents[0], FILE, text, MESSAGE, who) == tip
