"""What a process keeps of repositories from tick to tick, so that each look costs what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from app.core.model.facts import CommitChecks
from app.core.model.names import Repo, Sha
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.planning.retry_pauses import Patience
from app.engine.survey.adoption import Contacts
from app.engine.survey.around import around
from app.engine.survey.branch_lines import Courses, LineReader
from app.engine.survey.checks_heard import Hearing, Memory
from app.engine.survey.kept import Kept
from app.engine.survey.people import Acquaintances, PeopleRoom
from app.engine.survey.reachability import Reached
from app.engine.survey.reverts import Reverts
from app.engine.survey.survey import Survey
from app.engine.survey.watched_paths import WatchedPaths
from app.ports import Clock, Forge, GitRepo, LockServices, Store
from app.ports.store import Claim

Planner = Callable[[Snapshot], Plan]


class Surveys:
    """All of it may be lost: it is read again then."""

    def __init__(
        self,
        store: Store,
        forge: Forge,
        clock: Clock,
        quiet: timedelta,
        sweep: timedelta,
        planner: Planner,
        services: LockServices,
    ) -> None:
        self._store = store
        self._forge = forge
        self._clock = clock
        self._quiet = quiet
        self._sweep = sweep
        self._planner = planner
        self._services = services
        self.watched = WatchedPaths()
        self._courses = Courses()
        self._repeated: dict[tuple[int, Sha], datetime] = {}
        self._kept = Kept(Contacts(), Reached(), Reverts(), set())
        self._acquaintances = Acquaintances()
        self._unfinished: dict[int, Mapping[Sha, CommitChecks]] = {}
        """Per repository what a look that the next tick goes on with has asked so far."""

    def survey(
        self, repo: Repo, default_branch: str, git: GitRepo, claim: Claim, patience: Patience
    ) -> Survey:
        """Begin a tick's survey of *repo*."""
        memory = Memory(self._store.checks, claim, self._sweep, self._repeated)
        return Survey(
            repo=repo,
            default_branch=default_branch,
            git=git,
            forge=self._forge,
            watched=self.watched,
            lines=LineReader(git, self._store.lines, self._courses, claim, repo.id),
            quiet=self._quiet,
            clock=self._clock,
            planner=self._planner,
            patience=patience,
            history=self._store.history,
            kept=self._kept,
            people=PeopleRoom(repo, self._forge, git, self._acquaintances),
            hearing=Hearing(repo, self._forge, memory, self._unfinished.pop(repo.id, {})),
            around=around(self._store, repo, self._services),
        )

    def end(self, survey: Survey) -> None:
        """Keep what the next tick goes on with."""
        survey.lines.forget_heard()
        if survey.hearing.unfinished:
            self._unfinished[survey.repo.id] = survey.hearing.unfinished
