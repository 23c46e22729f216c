"""
The lock groups of organisations, as every look but that at ``<org>/.github`` takes them: from the
store, where `home_file` keeps what it read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from app.core.config.organization import parse_organization
from app.core.locks.foreign import foreign, home
from app.core.model.group_names import organization
from app.core.model.lock_requests import LIVE, DirectRequest
from app.core.model.names import GroupName, Repo
from app.core.model.organization_locks import HOME, Organization, OrganizationFile
from app.core.model.pipeline import Pipeline
from app.core.model.questions import GroupQuestion
from app.core.model.records import Records
from app.core.model.snapshot import ConfigState
from app.core.remarks import organizations as remarks
from app.core.state.organization_groups import defined, missing, problems, qualified, shares
from app.engine.survey.unanswered import Attempts
from app.errors import Transient
from app.ports import Store

parsed_groups = lru_cache(maxsize=64)(parse_organization)


NOTHING = Pipeline({}, {})
"""Of an organisation's own repository that promotes nothing: it has the groups all the same."""


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
        return replace(
            records,
            direct=tuple(map(self._told, records.direct)),
            others=beside.requests,
            queues=beside.queues,
            groups={**records.groups, **beside.groups},
        )

    def _told(self, request: DirectRequest) -> DirectRequest:
        """*request* with what it is told as where a job of another repository asks here."""
        number = home(request)
        if number == self._repo.id:
            return request
        record = self._store.repos.get(number)
        return replace(request, told_as=foreign(request, record.told_name if record else ""))

    def other(self, repository: int) -> Repo | None:
        """The repository with that number as it was called last; None: we may not look at it."""
        record = self._store.repos.get(repository)
        if record is None or record.unavailable:
            return None
        return Repo(record.id, record.owner, record.name, record.installation_id)


def shared(
    beside: Neighbours | None,
    config: ConfigState,
    records: Records,
    attempts: Attempts,
    now: datetime,
) -> tuple[Organization | None, ConfigState, Records]:
    """What a look goes by where its repository names groups of the organisation."""
    there = beside.there(config.pipeline, records) if beside is not None else None
    if beside is None or there is None:
        return None, config, records
    if config.pipeline is None:
        if not there.home:
            return None, config, records
        own = beside.pipeline(NOTHING, there)
        return there, config, beside.records(records, own)
    for group in (*queued_for(records), *_for_environments(records, config.pipeline, there)):
        if why := missing(group, there):
            attempts.failed(GroupQuestion(group), Transient(why), now)
    lacks = problems(config.pipeline, there)
    config = replace(config, pipeline=beside.pipeline(config.pipeline, there), lacks=lacks)
    return there, config, beside.records(records, config.pipeline)


def queued_for(records: Records) -> tuple[GroupName, ...]:
    """The groups of an organisation that stages of this repository wait for."""
    waiting = (request for request in records.requests if request.state == "queued")
    named = (group for request in waiting for group in request.groups)
    return tuple(dict.fromkeys(group for group in named if organization(group) is not None))


def _for_environments(
    records: Records, pipeline: Pipeline, there: Organization
) -> tuple[GroupName, ...]:
    """The groups that jobs at environments may wait for, where some wait."""
    waits = records.pending or any(r.kind == "job" and r.state == "queued" for r in records.direct)
    named = qualified_once(pipeline, there.id).locks if waits else ()
    return tuple(name for name in named if organization(name) is not None)


def _live(records: Records) -> list[GroupName]:
    stages = (request.groups for request in records.requests if request.state in LIVE)
    direct = (request.groups for request in records.direct if request.state in LIVE)
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
