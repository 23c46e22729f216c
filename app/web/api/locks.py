"""Lock groups as everybody may see them: who holds them, and who waits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from werkzeug.exceptions import NotFound

from app.core.locks.queue import Board
from app.core.model.documents import LOCKS, Document, utc
from app.core.model.lock_requests import AnyRequest, DirectRequest
from app.core.model.names import GroupName, is_name
from app.core.text.lock_reasons import said
from app.web.api.call import Answer, Call

_SCOPE = re.compile(r"repo-([0-9]{1,18})")


def every(call: Call) -> Answer:
    """All groups that a pipeline file in force defines, or that somebody still holds."""
    store = call.store
    requests = store.views.requests()
    live = {(one.repo_id, group) for one in requests for group in one.groups}
    defined = {
        (repo, name): permits
        for repo, document in store.views.documents(LOCKS).items()
        for name, permits in _permits(document).items()
    }
    found = []
    for repo, name in sorted({*defined, *live}):
        of_repo = [one for one in requests if one.repo_id == repo]
        found.append(_group(repo, name, defined.get((repo, name), 0), of_repo))
    return Answer({"locks": found})


def one(call: Call) -> Answer:
    """One group."""
    repo, group, permits = named(call)
    requests = call.store.direct_locks.live(repo, group)
    return Answer(_group(repo, group, permits, requests))


def named(call: Call) -> tuple[int, GroupName, int]:
    """The repository's id, group and permits that the address names; NotFound: no such group."""
    scope, name = _SCOPE.fullmatch(call.path["scope"]), call.path["group"]
    if scope is not None and is_name(name):
        repo, group = int(scope[1]), GroupName(name)
        document = call.store.views.document(repo, LOCKS)
        permits = {} if document is None else _permits(document)
        if group in permits or call.store.direct_locks.live(repo, group):
            return repo, group, permits.get(group, 0)
    raise NotFound("there is no such lock group")


def _permits(document: Document) -> Mapping[GroupName, int]:
    groups = document["groups"]
    return {one["group"]: one["permits"] for one in groups} if isinstance(groups, list) else {}


def _group(repo: int, name: GroupName, permits: int, requests: Sequence[AnyRequest]) -> Document:
    board = Board(requests)
    held, queued = board.holders(name), board.queue(name)
    return {
        "scope": f"repo-{repo}",
        "group": name,
        "permits": permits,
        "free": max(0, permits - len(held)),
        "holders": [holder(one, name) for one in held],
        "queue": [
            {**holder(one, name), "position": place} for place, one in enumerate(queued, start=1)
        ],
    }


def holder(request: AnyRequest, group: GroupName) -> Document:
    """One request as everybody may see it: who it is, and since when."""
    since = request.requested_at if request.state == "queued" else request.granted_at
    return {
        "id": request.id,
        "kind": request.holder_kind,
        "name": request.name.removeprefix("@"),
        "repository": request.repo_name,
        "since": utc(since or request.requested_at),
        "reason": _reason(request),
        "state": request.state,
        "token": request.tokens.get(group),
        "permit": None,
    }


def _reason(request: AnyRequest) -> str | None:
    """What it is wanted for, as its asker says; of a stage why it is as it is."""
    if isinstance(request, DirectRequest) and request.purpose:
        return request.purpose
    return said(request.reason) or None
