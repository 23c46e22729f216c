"""
The lock groups of organisations: read where they are defined, by the looks at ``<org>/.github``
alone; every other look takes them from the store.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from app.core.config.organization import OrganizationResult, parse_organization
from app.core.model.group_names import organization
from app.core.model.lock_requests import LIVE
from app.core.model.names import GroupName, Repo, Sha
from app.core.model.organization_locks import HOME, LOCKS_FILE, Organization, OrganizationFile
from app.core.model.pipeline import Pipeline
from app.core.model.questions import GroupQuestion
from app.core.model.records import Records
from app.core.model.repository_change import RepoRecord
from app.core.model.snapshot import ConfigState
from app.core.remarks import organizations as remarks
from app.core.state.in_force import in_force
from app.core.state.organization_groups import defined, missing, problems, qualified, shares
from app.engine.survey.unanswered import Attempts
from app.errors import Conflict, OutsideError, Transient
from app.ports import GitMirrors, GitRepo, Store
from app.ports.store import Claim

log = logging.getLogger("stagelock.organizations")

parsed_groups = lru_cache(maxsize=64)(parse_organization)


@dataclass(frozen=True, slots=True)
class _Same:
    """Pipelines hold mappings, so they are told apart by identity: parsing is cached."""

    pipeline: Pipeline = field(hash=False, compare=False)
    key: int


@lru_cache(maxsize=256)
def _qualified(same: _Same, account_id: int) -> Pipeline:
    return qualified(same.pipeline, account_id)


@lru_cache(maxsize=256)
def _defined(same: _Same, there: Organization) -> Pipeline:
    return defined(same.pipeline, there)


def qualified_once(pipeline: Pipeline, account_id: int) -> Pipeline:
    """As `qualified`; the same pipeline gives the same object."""
    return _qualified(_Same(pipeline, id(pipeline)), account_id)


class Neighbours:
    """What the looks at one repository know of its organisation."""

    def __init__(self, store: Store, repo: Repo) -> None:
        self._store = store
        self._repo = repo

    def there(self, pipeline: Pipeline | None, records: Records) -> Organization | None:
        """The organisation; None where nothing here is about it, which asks nothing."""
        held = any(organization(group) is not None for group in _live(records))
        if not held and not shares(pipeline) and self._repo.name != HOME:
            return None
        return seen_from(self._store, self._repo)

    def pipeline(self, pipeline: Pipeline, there: Organization) -> Pipeline:
        """*pipeline* with the groups that are in force *there*; the same facts, the same object."""
        named = qualified_once(pipeline, there.id)
        return _defined(_Same(named, id(named)), there)

    def records(self, records: Records, pipeline: Pipeline | None) -> Records:
        """*records* with who else is in the groups of the organisation that count here."""
        named = {*_live(records), *(pipeline.locks if pipeline is not None else ())}
        shared = sorted(group for group in named if organization(group) is not None)
        beside = self._store.organizations.beside(self._repo.id, shared)
        return replace(records, others=beside.requests, tokens={**records.tokens, **beside.tokens})

    def other(self, repository: int) -> Repo | None:
        """The repository with that number as it was called last; None: we may not look at it."""
        found = self._store.repos.get(repository)
        if found is None or found.unavailable:
            return None
        return Repo(found.id, found.owner, found.name, found.installation_id)


def shared(
    beside: Neighbours | None,
    config: ConfigState,
    records: Records,
    attempts: Attempts,
    now: datetime,
) -> tuple[Organization | None, ConfigState, Records]:
    """What a look goes by where its repository names groups of the organisation."""
    there = beside.there(config.pipeline, records) if beside is not None else None
    if beside is None or there is None or config.pipeline is None:
        return None, config, records
    for group in queued_for(records):
        if why := missing(group, there):
            attempts.failed(GroupQuestion(group), Transient(why), now)
    lacks = problems(config.pipeline, there)
    config = replace(config, pipeline=beside.pipeline(config.pipeline, there), lacks=lacks)
    return there, config, beside.records(records, config.pipeline)


def queued_for(records: Records) -> tuple[GroupName, ...]:
    """The groups of an organisation that stages of this repository wait for."""
    waiting = (one for one in records.requests if one.state == "queued")
    named = (group for one in waiting for group in one.groups)
    return tuple(dict.fromkeys(group for group in named if organization(group) is not None))


def _live(records: Records) -> list[GroupName]:
    stages = (one.groups for one in records.requests if one.state in LIVE)
    direct = (one.groups for one in records.direct if one.state in LIVE)
    return [group for groups in (*stages, *direct) for group in groups]


def seen_from(store: Store, repo: Repo) -> Organization:
    """What a repository may know now of its organisation's lock groups."""
    fact = store.installs.get(repo.installation_id)
    if fact is None or not fact.account_id:
        return Organization(0, repo.owner, unknown=remarks.not_asked(repo.owner))
    there = Organization(fact.account_id, fact.account, home=repo.name == HOME)
    if not fact.organization:
        return replace(there, is_one=False, unknown=remarks.no_organization(fact.account))
    record = store.repos.named(fact.account, HOME)
    if record is None or record.installation_id != repo.installation_id:
        return replace(there, unknown=remarks.not_installed(fact.account))
    file = store.organizations.file(fact.account_id)
    if file is None or file.repo_id != record.id:
        store.organizations.ask(record.id)
        return replace(there, unknown=remarks.not_read(fact.account))
    return _as_found(there, file)


def _as_found(there: Organization, file: OrganizationFile) -> Organization:
    if file.status == "unreadable":
        return replace(there, unknown=remarks.unreadable(there.name, file.why))
    if file.status == "absent":
        return there
    groups = parsed_groups(file.text).groups if file.text else None
    if groups is None:
        return replace(there, unknown=remarks.never_valid(there.name))
    return replace(there, groups=groups)


class Home:
    """A look at ``<org>/.github``: what it finds of the file is what counts everywhere."""

    def __init__(self, store: Store, account_id: int, record: RepoRecord) -> None:
        self._store = store
        self._account_id = account_id
        self._record = record
        self._done = False

    def is_there(self, claim: Claim, mirrors: GitMirrors, branch: str) -> bool:
        """Tell whether there is such a file, without making a mirror."""
        one = self._record
        repo = Repo(one.id, one.owner, one.name, one.installation_id)
        found = mirrors.holds(repo, branch, LOCKS_FILE)
        if not found:
            self.absent(claim)
        return found

    def absent(self, claim: Claim) -> None:
        """There is no such file."""
        self._put(claim, OrganizationFile(self._account_id, self._record.id, "absent"))

    def read(self, claim: Claim, git: GitRepo, branch: str) -> None:
        """Read the file at the branch's tip; invalid there, the newest valid version counts."""
        tip = git.heads().get(branch)
        if tip is None or next(git.versions(tip, LOCKS_FILE))[1] is None:
            self.absent(claim)
            return

        def judge(commit: Sha, _: str) -> bytes | None:
            text = git.read(commit, LOCKS_FILE)
            return text if _parsed(text).groups is not None else None

        found = in_force(git.versions(tip, LOCKS_FILE), judge)
        valid = _parsed(git.read(tip, LOCKS_FILE)).groups is not None
        file = OrganizationFile(
            self._account_id,
            self._record.id,
            "valid" if valid else "invalid",
            found[0] if found is not None else None,
            (found[1] or b"") if found is not None else b"",
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
        wake = [one.id for one in records if not one.unavailable and one.id != self._record.id]
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


def _parsed(text: bytes | None) -> OrganizationResult:
    return OrganizationResult(None) if text is None else parsed_groups(text)


def _same(one: OrganizationFile, other: OrganizationFile) -> bool:
    return replace(one, commit=None) == replace(other, commit=None)
