"""
Every state that two clients and a person can get into on two groups, visited one by one.

Their requests change by the functions that the store applies. A client's job starts once the client
was told of the grant, may outlive its lease, and ends; a person uses what is theirs as long as they
like. A grant ends by its owner once nothing runs, by time where nothing can run, or is forced by a
person, who then answers for it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from app.core.locks.direct import (
    asked_again,
    granted,
    lapsed,
    left,
    place_until,
    read,
    released,
    renewed,
)
from app.core.locks.protocol import Outdated
from app.core.model.lock_requests import HOLDING, LIVE, DirectKind, DirectRequest
from app.core.model.names import GroupName
from tests.core.exploring import explore
from tests.core.lock_requests import grantable

AT = datetime(2026, 1, 1, tzinfo=UTC)
TTL = timedelta(minutes=1)
X, Y = GroupName("x"), GroupName("y")
WANTS: tuple[tuple[DirectKind, tuple[GroupName, ...]], ...] = (
    ("client", (X, Y)),
    ("client", (Y,)),
    ("person", (X,)),
)
PERMITS = {"x": 1, "y": 1}


@dataclass(frozen=True)
class Job:
    request: DirectRequest | None = None
    running: bool = False
    forced: bool = False


def asking(number, seq):
    kind, groups = WANTS[number]
    one = DirectRequest(number, 7, "acme/web", kind, f"a{number}", groups, seq, "queued", AT, TTL)
    none = frozen()
    return replace(one, expires_at=place_until(one, AT), weights=none, permits=none)


def canonical(jobs):
    """Only the order of asking matters, which of the tokens is newer, and what is over."""
    live = [j.request for j in jobs if j.request is not None and j.request.state in LIVE]
    places = sorted({one.seq for one in live})
    tokens = sorted({token for one in live for token in one.tokens.values()})
    return tuple(_canonical(job, places, tokens) for job in jobs)


def _canonical(job, places, tokens):
    one = job.request
    if one is None:
        return job
    if one.state not in LIVE:
        over = replace(asking(one.id, 0), state="forced" if job.forced else "released")
        return replace(job, request=replace(over, tokens=frozen(dict.fromkeys(one.groups, 0))))
    kept = {group: tokens.index(token) for group, token in one.tokens.items()}
    again = replace(
        one,
        seq=places.index(one.seq),
        tokens=frozen(kept),
        ended_at=None,
        read_at=one.read_at and AT,
    )
    again = replace(again, granted_at=again.granted_at and AT, suspect_at=None)
    return replace(job, request=replace(again, expires_at=again.expires_at and AT + TTL))


class frozen(dict):
    def __hash__(self):  # type: ignore[override]  # it is never changed
        return hash(tuple(self.items()))


def moves(jobs, *, frees):
    live = [j.request for j in jobs if j.request is not None and j.request.state in LIVE]
    newest = 1 + max((one.seq for one in live), default=0)
    token = 1 + max((t for one in live for t in one.tokens.values()), default=0)
    for number, job in enumerate(jobs):
        one = job.request
        if one is None:
            yield "asks", number, Job(asking(number, newest))
            continue
        if job.running:
            yield "ends", number, replace(job, running=False)
        if one.state not in LIVE:
            continue
        yield from _moves_of(number, job, one, live, token, frees=frees)


def _moves_of(number, job, one, live, token, *, frees):
    after = {
        "asks again": asked_again(one, asking(number, 0), AT),
        "reads": read(one, AT),
        "its time passes": lapsed(one, one.expires_at) if one.expires_at else one,
    }
    if frees and one.state == "suspect":
        after["is freed by time"] = replace(one, state="released")
    if one.state == "queued":
        after["leaves"] = left(one, AT, "a")
        if grantable(one, live, PERMITS):
            after["is granted"] = granted(
                replace(one, tokens=frozen(dict.fromkeys(one.groups, token))), AT
            )
    elif not job.running:
        after["gives back"] = released(one, one.tokens[one.groups[0]], AT)
    if one.state in HOLDING:
        after["renews"] = renewed(one, one.tokens[one.groups[0]], AT)
    for what, then in after.items():
        if then != one:
            yield what, number, replace(job, request=then)
    if one.state in HOLDING:
        yield "is forced", number, Job(replace(one, state="forced"), job.running, forced=True)
        if not job.running and (one.read_at is not None or one.kind == "person"):
            yield "starts", number, replace(job, running=True)


def explored(*, frees=False):
    start = (Job(),) * len(WANTS)
    return explore(start, partial(moves, frees=frees), check, canonical)


def check(jobs, way):
    for group, permits in PERMITS.items():
        running = [j for j in jobs if j.running and not j.forced and group in j.request.groups]
        assert len(running) <= permits, f"{len(running)} run with {group}: {way}"
    live = [j.request for j in jobs if j.request is not None and j.request.state in LIVE]
    if live and all(one.state == "queued" for one in live):
        assert any(grantable(one, live, PERMITS) for one in live), f"stuck: {way}"
    for job in jobs:
        if job.forced:
            with pytest.raises(Outdated):
                renewed(job.request, job.request.tokens[job.request.groups[0]], AT)


def test_no_state_breaks_exclusion_or_is_stuck():
    assert explored() > 500


def test_the_model_sees_what_freeing_a_lapsed_grant_would_break():
    with pytest.raises(AssertionError, match="2 run with"):
        explored(frees=True)
