"""
`stagelock-locks.yaml` of an organisation: read by the looks at ``<org>/.github`` alone, where its
changes are linted; every other look takes from the store what those found.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from app.core.model.names import Repo, Sha
from app.core.model.organization_locks import (
    HOME,
    LOCKS_FILE,
    HomeFile,
    LinterAnswer,
    OrganizationFile,
)
from app.core.model.pipeline import LockGroup
from app.core.model.repository_change import RepoRecord
from app.core.model.snapshot import ConfigState
from app.engine.survey.config_in_force import FILE, not_a_file
from app.engine.survey.file_versions import Versions, changed_by, mark
from app.engine.survey.organizations import parsed_groups
from app.errors import Conflict, OutsideError
from app.ports import GitMirrors, GitRepo, Store
from app.ports.store import Claim

log = logging.getLogger("stagelock.organizations")


def linted(git: GitRepo, commit: Sha) -> LinterAnswer:
    """What the linter says of the file in *commit*, which has one."""
    text = git.read(commit, LOCKS_FILE)
    if text is None:
        return LinterAnswer(problems=(not_a_file(LOCKS_FILE),))
    organization_result = parsed_groups(text)
    return LinterAnswer(organization_result.groups or (), organization_result.problems)


def _is_valid(git: GitRepo, commit: Sha, _: str) -> bool:
    return not linted(git, commit).problems


_VERSIONS = Versions(LOCKS_FILE, _is_valid)


def home_file(git: GitRepo, tip: Sha | None, branch: str) -> HomeFile | None:
    """The file at the *tip* of the default *branch*; None: there is none."""
    if tip is None or mark(git, tip, LOCKS_FILE) is None:
        return None
    version = _VERSIONS.found(git, tip, branch)
    return HomeFile(version.brought, version.in_force, linted(git, tip))


def groups_at(git: GitRepo, tip: Sha | None, branch: str) -> tuple[LockGroup, ...]:
    """The groups that are in force by the file at the *tip*, or by its newest valid version."""
    home = home_file(git, tip, branch)
    counts = home.in_force if home is not None else None
    text = git.read(counts, LOCKS_FILE) if counts is not None else None
    return parsed_groups(text).groups or () if text else ()


def with_home(git: GitRepo, config: ConfigState, tip: Sha | None, branch: str) -> ConfigState:
    """*config* of an organisation's ``.github`` with the lock groups that it defines."""
    home = home_file(git, tip, branch)
    if home is None:
        return config
    commits = ((home.commit, FILE), (config.commit, LOCKS_FILE))
    alone = home.commit != config.commit
    both = frozenset(
        commit for commit, other in commits if alone and commit and changed_by(git, commit, other)
    )
    return replace(config, home=home, told_both=both)


class Home:
    """A look at ``<org>/.github``: what it finds of the file is what counts everywhere."""

    def __init__(self, store: Store, account_id: int, record: RepoRecord) -> None:
        self._store = store
        self._account_id = account_id
        self._record = record
        self._done = False

    def is_there(self, claim: Claim, mirrors: GitMirrors, branch: str) -> bool:
        """Tell whether there is such a file, without making a mirror."""
        record = self._record
        repo = Repo(record.id, record.owner, record.name, record.installation_id)
        has_file = mirrors.holds(repo, branch, LOCKS_FILE)
        if not has_file:
            self.absent(claim)
        return has_file

    def absent(self, claim: Claim) -> None:
        """There is no such file."""
        self._put(claim, OrganizationFile(self._account_id, self._record.id, "absent"))

    def read(self, claim: Claim, git: GitRepo, branch: str) -> None:
        """Read the file at the branch's tip; invalid there, the newest valid version counts."""
        home = home_file(git, git.heads().get(branch), branch)
        if home is None:
            self.absent(claim)
            return
        counts = home.in_force
        file = OrganizationFile(
            self._account_id,
            self._record.id,
            "invalid" if home.said.problems else "valid",
            counts,
            (git.read(counts, LOCKS_FILE) or b"") if counts is not None else b"",
        )
        self._put(claim, file)

    def failed(self, claim: Claim, error: OutsideError) -> None:
        """It could not be looked at: nothing is granted by what it said before."""
        if self._done or isinstance(error, Conflict):
            return
        before = self._store.organizations.file(self._account_id)
        known = before or OrganizationFile(self._account_id, self._record.id, "unreadable")
        self._put(claim, replace(known, status="unreadable", why=error.message))

    def _put(self, claim: Claim, file: OrganizationFile) -> None:
        before = self._store.organizations.file(self._account_id)
        if before is not None and file.status != "unreadable" and _same(before, file):
            file = before  # the commit that named it first goes on to name it
        records = self._store.repos.of_installation(self._record.installation_id)
        wake = [
            record.id
            for record in records
            if not record.unavailable and record.id != self._record.id
        ]
        if self._store.organizations.put(claim, file, wake):
            extra = {"action": "organization.read"}
            log.info("%s: %s %s", LOCKS_FILE, file.status, file.why, extra=extra)
        self._done = True


def home(store: Store, record: RepoRecord) -> Home | None:
    """The look at *record*, where it is an organisation's `.github`."""
    fact = store.installs.get(record.installation_id)
    if record.name != HOME or fact is None or not fact.organization:
        return None
    return Home(store, fact.account_id, record)


def _same(organization_file: OrganizationFile, other: OrganizationFile) -> bool:
    return replace(organization_file, commit=None) == replace(other, commit=None)
