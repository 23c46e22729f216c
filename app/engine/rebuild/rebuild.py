"""
Records from Git and GitHub, after the database was lost: repository by repository.

Nothing is written to GitHub, and each repository's records are stored in one transaction: killed
in the middle, it is begun again and goes on with what is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from app.core.model.facts import RepoFact
from app.core.model.names import Repo, Sha
from app.core.model.organization_locks import HOME, LOCKS_FILE, Organization
from app.core.model.repository_change import RepoRecord
from app.core.rebuild import Finds, Restored, restored
from app.core.remarks.repositories import ARCHIVED
from app.core.state.organization_groups import defined
from app.engine.queue.lease import Lease
from app.engine.queue.work_keys import SWEEP
from app.engine.rebuild.answered_comments import heard, locked_by
from app.engine.rebuild.search import Searcher
from app.engine.survey.config_in_force import FILE, config_state
from app.engine.survey.home_file import groups_at
from app.engine.survey.organizations import NOTHING, qualified_once
from app.engine.survey.watched_paths import WatchedPaths
from app.errors import Conflict, OutsideError
from app.ports import Clock, Forge, GitMirrors, Store
from app.ports.rebuild import Rebuilding
from app.ports.store import Claim

Outcome = Literal["rebuilt", "nothing", "earlier", "records", "failed"]
"""
`nothing`: no pipeline is in force there. `earlier`: an earlier run rebuilt it. `records`: there are
records that no rebuild made, and they were left alone. `failed`: we could not find out.
"""

log = logging.getLogger("stagelock.rebuild")


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What became of one repository."""

    name: str
    """``owner/name``."""
    outcome: Outcome
    why: str = ""
    """A sentence where nothing was rebuilt; "": something was."""
    made: Restored | None = None
    """None: nothing was rebuilt."""
    doubted: tuple[Sha, ...] = ()
    """Commits that claim to be promotions and were not believed."""


class Rebuild:
    """Rebuilds what a database should know. The caller has made sure that nobody works on it."""

    def __init__(
        self,
        *,
        store: Store,
        rebuilding: Rebuilding,
        forge: Forge,
        mirrors: GitMirrors,
        clock: Clock,
        quiet: timedelta,
        owner: str,
        clients: bool,
    ) -> None:
        self._store = store
        self._rebuilding = rebuilding
        self._forge = forge
        self._mirrors = mirrors
        self._clock = clock
        self._quiet = quiet
        self._owner = owner
        self._clients = clients
        self._watched = WatchedPaths()

    def run(self, only: str | None = None) -> Iterator[RebuildReport]:
        """
        Rebuild every repository of every installation, or the one called *only* (``owner/name``).

        What fails in one repository stops that one only. Raises what listing them raises.
        """
        self._store.work.take_over("")  # nobody works here: these are leases of the dead
        for fact in self._repositories(only):
            try:
                yield self._one(fact)
            except OutsideError as error:
                log.warning("%s", error.message, extra={"action": "rebuild.partial"})
                yield RebuildReport(fact.repo.full_name, "failed", error.message)
        self._store.work.touch(SWEEP)

    def _repositories(self, only: str | None) -> Iterator[RepoFact]:
        for installation in self._forge.installations():
            if installation.suspended:
                continue
            self._store.installs.put(installation)
            # An organisation's own groups are best kept where they are defined.
            here = self._forge.repositories(installation.id)
            for fact in sorted(here, key=lambda fact: fact.repo.name != HOME):
                if only is None or fact.repo.full_name.lower() == only.lower():
                    yield fact

    def _one(self, fact: RepoFact) -> RebuildReport:
        name = fact.repo.full_name
        match self._rebuilding.known(fact.repo.id):
            case "rebuilt":
                return RebuildReport(name, "earlier", "an earlier run rebuilt it")
            case "records":
                return RebuildReport(
                    name, "records", "the database holds records of it: left alone"
                )
            case "nothing":
                pass
        claim = self._rebuilding.claim(fact.repo.id, self._owner, timedelta(seconds=30))
        if claim is None:
            raise Conflict(f"somebody works on {name}")
        with Lease(self._store.work, claim, look=None) as lease:
            report = self._rebuilt(claim, fact)
        if not lease.lost:
            self._store.work.finish(claim, timedelta())
        return report

    def _rebuilt(self, claim: Claim, fact: RepoFact) -> RebuildReport:
        finds, doubted = self._found(fact)
        record = RepoRecord(
            fact.repo.id,
            fact.repo.owner,
            fact.repo.name,
            fact.repo.installation_id,
            default_branch=fact.default_branch,
            unavailable=ARCHIVED if fact.archived else "",
            public=fact.public,
        )
        if finds is None:
            self._store.repos.add(record)
            return RebuildReport(fact.repo.full_name, "nothing", f"no valid {FILE} is in force")
        made = restored(finds)
        record = replace(record, comments_since=made.heard_until, awaiting=True)
        made = replace(made, unknown=self._rebuilding.restore(claim, record, made))
        return RebuildReport(fact.repo.full_name, "rebuilt", "", made, doubted)

    def _found(self, fact: RepoFact) -> tuple[Finds | None, tuple[Sha, ...]]:
        repo = fact.repo
        there = self._organization(repo)
        files = (FILE, LOCKS_FILE) if there.home else (FILE,)
        if not any(self._mirrors.holds(repo, fact.default_branch, file) for file in files):
            return None, ()
        with self._mirrors.open(repo) as git:
            tip = git.fetch().get(fact.default_branch)
            config = config_state(git, tip, None, fact.default_branch)
            if there.home:
                there = replace(there, groups=groups_at(git, tip, fact.default_branch))
            if config.pipeline is None and not there.groups:
                return None, ()
            named = defined(qualified_once(config.pipeline or NOTHING, there.id), there)
            now = self._clock()
            searcher = Searcher(
                repo,
                fact.default_branch,
                config,
                named,
                git=git,
                forge=self._forge,
                watched=self._watched,
                quiet=self._quiet,
                now=now,
            )
            finds = searcher.search()
        said = heard(self._forge, repo, now)
        known = replace(finds, answered=said.answered, heard_until=said.until, cards=said.cards)
        known = replace(known, locked=locked_by(said.answered), clients=self._clients)
        return known, tuple(searcher.doubted)

    def _organization(self, repo: Repo) -> Organization:
        """Whose groups the repository may name; `home`: it is the one that defines them."""
        account = self._store.installs.get(repo.installation_id)
        if account is None:
            return Organization(0, repo.owner)
        home = account.organization and repo.name == HOME
        return Organization(account.account_id, account.account, home=home)
