"""Lock groups as everybody may see them: who holds them, and who waits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from werkzeug.exceptions import NotFound

from app.core.config.organization import parse_organization
from app.core.locks.foreign import foreign, home
from app.core.locks.queue import Board
from app.core.model.documents import LOCKS, Document, utc
from app.core.model.group_names import of_organization, organization, spoken
from app.core.model.lock_requests import (
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import GroupName, is_name
from app.core.model.organization_locks import OrganizationFile
from app.core.text.lock_reasons import said
from app.web.api.call import ApiAnswer, Call
from app.web.api.jobs import on_its_ref

_SCOPE = re.compile(r"(repo|org)-([0-9]{1,18})")
_NO_GROUP = NotFound("there is no such lock group")


def every(call: Call) -> ApiAnswer:
    """All groups that a file in force defines, or that somebody still holds."""
    store = call.store
    requests = store.views.requests()
    live = {
        (request.repo_id, group)
        for request in requests
        for group in request.groups
        if organization(group) is None
    }
    known = {
        (repo, name): defined
        for repo, document in store.views.documents(LOCKS).items()
        for name, defined in _definitions(document).items()
    }
    groups = []
    for repo, name in sorted({*known, *live}):
        of_repo = [request for request in requests if request.repo_id == repo]
        groups.append(_group(repo, name, known.get((repo, name), NOT_DEFINED), of_repo))
    return ApiAnswer({"locks": [*groups, *_of_organizations(call, requests)]})


def _of_organizations(call: Call, requests: Sequence[OwnRequest]) -> Iterator[Document]:
    shared = {g for request in requests for g in request.groups if organization(g) is not None}
    accounts = {
        installation.account_id
        for installation in call.store.installs.all()
        if installation.organization
    }
    files = {number: call.store.organizations.file(number) for number in sorted(accounts)}
    known = {
        of_organization(number, name): defined
        for number, file in files.items()
        for name, defined in _in_file(file).items()
    }
    for group in sorted({*known, *shared}):
        mine = [request for request in requests if group in request.groups]
        yield _group(0, group, known.get(group, NOT_DEFINED), _listed(call, group, mine))


def one(call: Call) -> ApiAnswer:
    """One group."""
    place = named(call)
    on_its_ref(call.by.job, place.defined.refs)
    live = _listed(call, place.group, call.store.direct_locks.live(place.repo_id, place.group))
    return ApiAnswer(_group(place.repo_id, place.group, place.defined, live))


def _listed(call: Call, group: GroupName, live: Sequence[OwnRequest]) -> Sequence[AnyRequest]:
    """*live* for who asks about the group: all of it with the scope `read`, else as `shown`."""
    if "read" in call.by.scopes:
        return [_at_home(call, request) for request in live]
    return shown(call, group, live)


def shown(call: Call, group: GroupName, live: Sequence[OwnRequest]) -> Sequence[AnyRequest]:
    """
    *live* as a request's answer may tell it, whatever the token's scopes: a client prints it in its
    job's log, which may be public. In a group of an organisation other repositories are told what
    everybody may know; a job knows its own, a stored token its own requests alone.
    """
    if organization(group) is None:
        return live
    homes = {number: call.store.repos.get(number) for number in {home(request) for request in live}}
    called = {number: record.told_name for number, record in homes.items() if record is not None}
    return [
        _at_home(call, request)
        if _is_readers(call, request)
        else foreign(request, called.get(home(request), ""))
        for request in live
    ]


def _at_home(call: Call, request: OwnRequest) -> OwnRequest:
    """*request* with the name of the repository whose business it is, as that is called now."""
    number = home(request)
    record = call.store.repos.get(number) if number != request.repo_id else None
    if record is None:
        return request
    return replace(request, repo_name=f"{record.owner}/{record.name}")


def _is_readers(call: Call, request: OwnRequest) -> bool:
    if call.by.job is not None:
        return home(request) == call.by.job.attempt.repository
    match request:
        case DirectRequest(kind="client"):
            return request.asker == call.by.name
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Definition:
    """A group as the file in force has it."""

    permits: int
    names: tuple[str, ...] = ()
    """Those of its permits; (): they have none."""
    max_hold: timedelta = timedelta(hours=2)
    outside: bool = False
    """A look has to find something out, too, so that no client is granted at once."""
    refs: tuple[str, ...] = ()
    """Globs of the branches and tags whose CI jobs may take it; (): every ref."""


NOT_DEFINED = Definition(0)


@dataclass(frozen=True, slots=True)
class Place:
    """A group as the address names it."""

    repo_id: int
    repository: str
    group: GroupName
    defined: Definition
    """`NOT_DEFINED`: it is not in the file any more, but held."""
    watched: bool
    """The repository is ours to look at now: else nobody would grant anything."""


def where(call: Call) -> tuple[int, GroupName]:
    """
    The repository that grants the group of the address, and the group as it names that: its own,
    or (that is `.github`) the organisation's. NotFound where the address names none.
    """
    scope, name = _SCOPE.fullmatch(call.path["scope"]), call.path["group"]
    if scope is None or not is_name(name):
        raise _NO_GROUP
    number = int(scope[2])
    if scope[1] == "repo":
        return number, GroupName(name)
    file = call.store.organizations.file(number)
    if file is None:
        raise _NO_GROUP
    return file.repo_id, of_organization(number, name)


def named(call: Call) -> Place:
    """The group that the address names; NotFound: there is none."""
    repo_id, group = where(call)
    record = call.store.repos.get(repo_id)
    definition = _defined(call, repo_id, group)
    if record is None or (not definition and not call.store.direct_locks.live(repo_id, group)):
        raise _NO_GROUP
    name = f"{record.owner}/{record.name}"
    return Place(repo_id, name, group, definition or NOT_DEFINED, not record.unavailable)


def _defined(call: Call, repo_id: int, group: GroupName) -> Definition | None:
    account = organization(group)
    if account is not None:
        return _in_file(call.store.organizations.file(account)).get(GroupName(spoken(group)))
    document = call.store.views.document(repo_id, LOCKS)
    return _definitions(document).get(group) if document else None


def _in_file(file: OrganizationFile | None) -> Mapping[GroupName, Definition]:
    """The groups of an organisation's file in force; unreadable, they are granted by no client."""
    groups = parse_organization(file.text).groups if file is not None else None
    unread = file is not None and file.status == "unreadable"
    return {
        group.name: Definition(
            group.permits,
            group.names,
            group.max_hold,
            outside=unread or group.service is not None,
            refs=group.refs,
        )
        for group in groups or ()
    }


def _definitions(document: Document) -> Mapping[GroupName, Definition]:
    groups = document["groups"]
    return {
        group["group"]: Definition(
            group["permits"],
            tuple(group.get("names", ())),
            timedelta(seconds=group.get("max_hold", 7200)),
            group.get("outside", False),
            tuple(group.get("refs", ())),
        )
        for group in (groups if isinstance(groups, list) else ())
    }


def _group(
    repo: int, name: GroupName, defined: Definition, requests: Sequence[AnyRequest]
) -> Document:
    board = Board(requests)
    held, queued = board.holders(name), board.queue(name)
    return {
        "scope": name.rpartition("/")[0] or f"repo-{repo}",
        "group": spoken(name),
        "permits": list(defined.names) or defined.permits,
        "free": max(0, defined.permits - board.taken(name, defined.permits)),
        "holders": [holder(request, name) for request in held],
        "queue": [
            {**holder(request, name), "position": place}
            for place, request in enumerate(queued, start=1)
        ],
    }


def holder(request: AnyRequest, group: GroupName) -> Document:
    """One request as the reader may see it: null what is another repository's business alone."""
    since = request.requested_at if request.state == "queued" else request.granted_at
    return {
        "id": str(request.id),
        "kind": request.holder_kind,
        "name": request.name.removeprefix("@") or None,
        "repository": request.repo_name or None,
        "since": utc(since or request.requested_at),
        "reason": _reason(request),
        "state": request.shown,
        "token": request.tokens.get(group),
        "permit": ",".join(request.permits.get(group, ())) or None,
    }


def _reason(request: AnyRequest) -> str | None:
    """
    What it is wanted for, as its asker says, or why its turn does not come; of a stage why it is as
    it is.
    """
    match request:
        case LockRequest():
            return said(request.reason) or None
        case DirectRequest():
            stuck = request.state == "queued" and request.reason
            return (
                said(request.reason) if stuck else request.purpose or said(request.reason) or None
            )
        case ForeignRequest():
            return request.purpose or None
