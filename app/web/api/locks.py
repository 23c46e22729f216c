"""Lock groups as everybody may see them: who holds them, and who waits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from werkzeug.exceptions import NotFound

from app.core.locks.queue import Board
from app.core.model.documents import LOCKS, Document, utc
from app.core.model.lock_requests import (
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import GroupName, is_name
from app.core.text.lock_reasons import said
from app.web.api.call import Answer, Call

_SCOPE = re.compile(r"repo-([0-9]{1,18})")
_NO_GROUP = NotFound("there is no such lock group")


def every(call: Call) -> Answer:
    """All groups that a pipeline file in force defines, or that somebody still holds."""
    store = call.store
    requests = store.views.requests()
    live = {(one.repo_id, group) for one in requests for group in one.groups}
    known = {
        (repo, name): defined
        for repo, document in store.views.documents(LOCKS).items()
        for name, defined in _definitions(document).items()
    }
    found = []
    for repo, name in sorted({*known, *live}):
        of_repo = [one for one in requests if one.repo_id == repo]
        found.append(_group(repo, name, known.get((repo, name), NOT_DEFINED), of_repo))
    return Answer({"locks": found})


def one(call: Call) -> Answer:
    """One group."""
    place = named(call)
    live = call.store.direct_locks.live(place.repo_id, place.group)
    return Answer(_group(place.repo_id, place.group, place.defined, live))


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A group as the file in force has it; *names* are those of its permits, if they have some.
    *outside*: an external lock service has to grant it, too.
    """

    permits: int
    names: tuple[str, ...] = ()
    max_hold: timedelta = timedelta(hours=2)
    outside: bool = False


NOT_DEFINED = Definition(0)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A group as the address names it; `NOT_DEFINED`: it is not in the file any more, but held.
    *watched* False: the repository is not ours to look at now, so nobody would grant anything.
    """

    repo_id: int
    repository: str
    group: GroupName
    defined: Definition
    watched: bool


def scope_of(call: Call) -> int:
    """The repository's id that the address names; NotFound where it names none."""
    scope = _SCOPE.fullmatch(call.path["scope"])
    if scope is None or not is_name(call.path["group"]):
        raise _NO_GROUP
    return int(scope[1])


def named(call: Call) -> Place:
    """The group that the address names; NotFound: there is none."""
    repo_id = scope_of(call)
    group = GroupName(call.path["group"])
    record = call.store.repos.get(repo_id)
    document = call.store.views.document(repo_id, LOCKS)
    found = _definitions(document).get(group) if document else None
    if record is None or (not found and not call.store.direct_locks.live(repo_id, group)):
        raise _NO_GROUP
    name = f"{record.owner}/{record.name}"
    return Place(repo_id, name, group, found or NOT_DEFINED, not record.unavailable)


def _definitions(document: Document) -> Mapping[GroupName, Definition]:
    groups = document["groups"]
    return {
        one["group"]: Definition(
            one["permits"],
            tuple(one.get("names", ())),
            timedelta(seconds=one.get("max_hold", 7200)),
            one.get("outside", False),
        )
        for one in (groups if isinstance(groups, list) else ())
    }


def _group(
    repo: int, name: GroupName, defined: Definition, requests: Sequence[OwnRequest]
) -> Document:
    board = Board(requests)
    held, queued = board.holders(name), board.queue(name)
    return {
        "scope": f"repo-{repo}",
        "group": name,
        "permits": list(defined.names) or defined.permits,
        "free": max(0, defined.permits - board.taken(name, defined.permits)),
        "holders": [holder(one, name) for one in held],
        "queue": [
            {**holder(one, name), "position": place} for place, one in enumerate(queued, start=1)
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
    """What it is wanted for, as its asker says; of a stage why it is as it is."""
    match request:
        case LockRequest():
            return said(request.reason) or None
        case DirectRequest():
            return request.purpose or said(request.reason) or None
        case ForeignRequest():
            return request.purpose or None
