"""The lock as a service: clients ask for a group, wait, renew, give back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from werkzeug.exceptions import NotFound

from app.core.locks.protocol import Event, after
from app.core.locks.quota import OverQuota
from app.core.model.documents import Document, utc
from app.core.model.group_names import organization, spoken
from app.core.model.lock_requests import HOLDING, DirectRequest, OwnRequest
from app.core.model.names import GroupName
from app.errors import Conflict
from app.web.api import locks
from app.web.api.as_asked import Asked
from app.web.api.bodies import USUAL, Wanted, read_token, read_token_or_none, read_wait, read_wanted
from app.web.api.call import ApiAnswer, Call
from app.web.api.jobs import may_share, on_its_ref
from app.web.problems import Problem

_JOINED = re.compile(r"([0-9]{1,18})(?:-join-([0-9]{1,18}))?")


def ask(call: Call) -> ApiAnswer:
    """Queue up for a group, or be granted it at once; the same owner again: the same request."""
    place = locks.named(call)
    defined, known = place.defined, _unfinished(call, place)
    if known is None:
        on_its_ref(call.by.job, defined.refs)
    if not defined.permits and known is None and call.body.get("join") is None:
        raise NotFound("there is no such lock group")
    wanted = read_wanted(call.body, *_bounds(defined, known, place.group))
    if wanted.join is not None:
        grant = _with_token(call, place, wanted.join)
        if may_share(call.by.job, grant.request) and (known is None or known.joins(grant)):
            return _answer(call, _joining(call, place, grant, wanted))
    if known is not None and known.share is not None:
        return _answer(call, known)
    store, now, asked = call.store, call.clock(), _request(call, place, wanted)
    if not place.watched and known is None:
        raise NotFound("the App does not watch this repository now: nobody would grant it")
    stored = store.direct_locks.ask(asked, call.quota, job=call.by.job)
    if isinstance(stored, OverQuota):
        what = "pull request" if stored.what == "pull" else stored.what
        raise Problem(429, f"{stored.most} unfinished requests of this {what} are there")
    if stored.state == "queued" and not defined.outside:
        stored = store.direct_locks.take(
            stored.id, {place.group: defined.permits}, now, {place.group: defined.names}
        )
    return _answer(call, _own(call, stored, place.group))


def see(call: Call) -> ApiAnswer:
    """How it stands; with `wait` as soon as that changes."""
    seconds = read_wait(call.query)
    asked = _asked(call)
    watch = _Watch(call, asked)
    is_news = asked.over or _unread(asked.request) or watch.shown["state"] != asked.state
    if not seconds or is_news:
        return ApiAnswer(watch.shown)
    return ApiAnswer(call.waits.until(seconds, watch.changed) or watch.shown)


class _Watch:
    """
    Looks at a request again and again for a client that waits: a change is what it is told.

    While it waits, its place is kept: that is noted a few times within its ttl, not at each look.
    """

    def __init__(self, call: Call, asked: Asked) -> None:
        self._call = call
        self._why = asked.request.reason
        self.shown = self._noticed(asked)

    def changed(self) -> Document | None:
        """What is so now, if it is news."""
        asked, before = _asked(self._call), _told(self.shown)
        if _told(_view(self._call, asked)) != before or self._call.clock() >= self._again:
            self.shown = self._noticed(asked)  # it may have changed since it was looked at
        doubted = asked.request.reason != self._why  # why it waits is told with the group
        return self.shown if doubted or _told(self.shown) != before else None

    def _noticed(self, asked: Asked) -> Document:
        request = asked.request
        if asked.joined is None and not asked.over:
            request = self._call.store.direct_locks.read(request.id, self._call.clock())
        ttl = request.ttl if isinstance(request, DirectRequest) else USUAL
        self._again = self._call.clock() + ttl / 3
        return _view(self._call, replace(asked, request=request))


def heartbeat(call: Call) -> ApiAnswer:
    """Still there: the grant lasts from now on; a suspect one is held again."""
    token = read_token(call.body)
    asked = _asked(call)
    if asked.joined is not None and (not asked.current or token != asked.joined):
        raise Problem(409, "the token is outdated: the grant that it joined is over")
    if asked.part is not None:
        return ApiAnswer(_view(call, asked))
    try:
        if asked.share is not None:
            call.store.lock_parts.renew(asked.share.id, call.clock())
            return ApiAnswer(_view(call, _asked(call)))
        request = call.store.direct_locks.renew(asked.request.id, token, call.clock())
    except Conflict as error:
        raise Problem(409, error.message) from error
    return ApiAnswer(_view(call, replace(asked, request=request)))


def release(call: Call) -> ApiAnswer:
    """Give the grant back, or (token null) leave the queue."""
    token = read_token_or_none(call.body)
    asked = _asked(call)
    if asked.joined is not None:
        if token != asked.joined:
            raise Problem(409, "the token is not the one that was joined by")
        if asked.over and asked.state != "released":
            raise Problem(409, f"the request is {asked.state}: it holds nothing")
        if asked.part is not None:
            call.store.job_requests.end(None, asked.part.id, call.clock())
        if asked.share is not None:
            share = call.store.lock_parts.end(asked.share.id, call.clock())
            asked = replace(asked, share=share)
        return ApiAnswer({**_view(call, asked), "state": "released"})
    try:
        request = call.store.direct_locks.release(asked.request.id, token, call.clock())
    except Conflict as error:
        raise Problem(409, error.message) from error
    return ApiAnswer(_view(call, replace(asked, request=request)))


def _request(call: Call, place: locks.Place, wanted: Wanted) -> DirectRequest:
    return DirectRequest(
        id=0,
        repo_id=place.repo_id,
        repo_name=place.repository,
        kind="client",
        asker=call.by.name,
        groups=(place.group,),
        seq=0,
        state=after(None, Event.ASKED),
        requested_at=call.clock(),
        ttl=wanted.ttl,
        owner=wanted.owner,
        purpose=wanted.reason,
        pull=call.by.job.pull if call.by.job is not None else None,
        weights={} if wanted.permits == 1 else {place.group: wanted.permits},
    )


def _unfinished(call: Call, place: locks.Place) -> Asked | None:
    """What this token's client has asked for before as this owner, where that is not over."""
    owner, asker = call.body.get("owner"), call.by.name
    if not isinstance(owner, str):
        return None
    requests = call.store.direct_locks
    for request in requests.unfinished(place.repo_id, asker, owner):
        if place.group in request.groups and request.given_at is None:
            return Asked(request, place.group)
    grants = {request.id: request for request in requests.holders(place.repo_id, place.group)}
    for share in call.store.lock_parts.unfinished(tuple(grants), asker, owner):
        known = Asked(grants[share.request], place.group, share.token, share=share)
        if known.current:
            return known
    return None


def _bounds(
    defined: locks.Definition, known: Asked | None, group: GroupName
) -> tuple[int, timedelta]:
    """
    How many permits may be asked for, and for how long. What was asked for before may be repeated
    as it was, whatever was edited since.
    """
    if known is None:
        return defined.permits, defined.max_hold
    most = max(defined.permits, known.request.weights.get(group, 1))
    return most, max(defined.max_hold, known.ttl)


def _with_token(call: Call, place: locks.Place, token: int) -> Asked:
    """The grant that has *token* now; 409: none has. Nobody was ever given an unknown holder's."""
    for request in call.store.direct_locks.holders(place.repo_id, place.group):
        asked = Asked(request, place.group, token)
        if asked.current and request.holder_kind != "unknown":
            return asked
    raise _outdated(token, place.group)


def _joining(call: Call, place: locks.Place, grant: Asked, wanted: Wanted) -> Asked:
    """A part in *grant*; 409: it has ended meanwhile."""
    token = grant.request.tokens[grant.group]
    try:
        share = call.store.lock_parts.join(
            grant.request.id,
            grant.group,
            token,
            home=place.repo_id,
            asker=call.by.name,
            owner=wanted.owner,
            ttl=wanted.ttl,
            at=call.clock(),
        )
    except Conflict as error:
        raise _outdated(token, grant.group) from error
    return replace(grant, share=share)


def _outdated(token: int, group: GroupName) -> Problem:
    return Problem(409, f"the token {token} is outdated: no grant of {spoken(group)} has it")


def _asked(call: Call) -> Asked:
    """The request that the address names, of this token in this group; else NotFound."""
    match = _JOINED.fullmatch(call.path["request"])
    repo_id, group = locks.where(call)
    request = call.store.direct_locks.find(int(match[1])) if match else None
    if match is None or request is None or group not in request.groups:
        raise NotFound("there is no such request")
    here = request.repo_id == repo_id
    share = call.store.lock_parts.find(int(match[2])) if match[2] is not None else None
    if match[2] is not None:  # a repository's own grant is joined there alone
        at_home = here or organization(group) is not None
        if (
            share is None
            or not at_home
            or (share.request, share.asker) != (request.id, call.by.name)
        ):
            raise NotFound("there is no such request of this token")
        return Asked(request, group, share.token, share=share)
    if (
        here
        and isinstance(request, DirectRequest)
        and request.kind == "client"
        and request.asker == call.by.name
    ):
        return _own(call, request, group)
    raise NotFound("there is no such request of this token")


def _own(call: Call, request: DirectRequest, group: GroupName) -> Asked:
    """*request* as it is, or the grant in which it has a part."""
    grant = None
    if call.by.job is not None and request.state == "released":
        grant = call.store.job_requests.grant(request.id)
    return (
        Asked(request, group)
        if grant is None
        else Asked(grant, group, request.tokens[group], request)
    )


def _unread(request: OwnRequest) -> bool:
    """It was granted, and its client has not been told yet."""
    return (
        isinstance(request, DirectRequest) and request.state in HOLDING and request.read_at is None
    )


def _answer(call: Call, asked: Asked) -> ApiAnswer:
    where = f"/api/v1/locks/{call.path['scope']}/{spoken(asked.group)}/requests/{asked.id}"
    status = 200 if asked.state in HOLDING else 202
    return ApiAnswer(_view(call, asked), status, {"Location": where})


def _view(call: Call, asked: Asked) -> Document:
    request, group = asked.request, asked.group
    standing = call.store.direct_locks.standing(request, group)
    # What has ended waits for nobody, and is told the same however often it is asked.
    held = [standing.holder] if standing.holder is not None and not asked.over else []
    return {
        "id": asked.id,
        "state": asked.state,
        "token": request.tokens.get(group) if asked.joined is None else asked.joined,
        "permit": ",".join(request.permits.get(group, ())) or None,
        "position": standing.place,
        "of": standing.of,
        "holder": next(
            (locks.holder(shown, group) for shown in locks.shown(call, group, held)), None
        ),
        "expires_at": utc(asked.expires_at),
    }


def _told(view: Document) -> tuple[object, ...]:
    """What of it is news to who waits."""
    holder = view["holder"]
    who = (holder["id"], holder["state"]) if isinstance(holder, Mapping) else None
    return (view["state"], view["token"], view["position"], view["of"], who)
