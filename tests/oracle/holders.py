"""Locks of people and clients: who is let in, and what ends a grant (rules L2, L4, L34 to L38, C26, C27, C33)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from app.core.model.names import GroupName
from tests.oracle import weights
from tests.oracle.moment import Moment
from tests.oracle.organizations import is_shared, plain
from tests.oracle.outside import waits
from tests.oracle.waits import over as waits_over
from tests.oracle.words import Word, of_group

if TYPE_CHECKING:
    from app.core.model.lock_requests import AnyRequest, DirectRequest, LockRequest
    from app.core.model.records import Records

HOLDING = ("held", "suspect", "releasing")
MAY_LOCK = ("write", "maintain", "admin")
MAY_FORCE = ("maintain", "admin")
SLACK = timedelta(minutes=2)


def let_in(moment: Moment, request: AnyRequest) -> list[str]:
    """rules I1, L2, L15, L34, L38: *request* was granted just now, beside whoever has the group."""
    wrong = []
    for group in request.groups:
        others = [
            other
            for other in moment.records.all_requests
            if other.id != request.id and group in other.groups
        ]
        holding = [o for o in others if o.state in HOLDING and not later(request, o, group)]
        held = [o for o in holding if not passed_beside(moment.records, request, o)]
        permits = moment.plan.permits.get(group, 1)
        mine = weights.takes(moment.plan, request, group)
        if weights.taken(moment.plan, held, group) + mine > permits:
            names = ", ".join(o.name for o in held)
            wrong.append(f"I1: {request.name} is let in to {group}, which {names} has")
        before = [o.name for o in others if o.state == "queued" and o.seq < request.seq]
        if before and given_by(moment.records, request) is None:
            wrong.append(f"L2: {request.name} is let in to {group} before {before[0]}")
    return wrong


def later(request: AnyRequest, other: AnyRequest, group: GroupName) -> bool:
    """rule L4: *other* was given *group* after *request*, as what landed out of turn takes it."""
    mine, theirs = request.tokens.get(group), other.tokens.get(group)
    return mine is not None and theirs is not None and theirs > mine


def passed_beside(records: Records, request: AnyRequest, other: AnyRequest) -> bool:
    """
    rule K3: a rollback has the grant of what it ended, and takes nothing more by that: what a visitor
    held beside that grant is *other*. (What the visitor took passes to nobody.)
    """
    before = given_by(records, request)
    visits = bool(getattr(other, "out_of_turn", False))
    return before is not None and not before.out_of_turn and visits


def given_by(records: Records, request: AnyRequest) -> LockRequest | None:
    """rule K3: whose grant it was that the rollback *request* is for has: nobody is passed by it."""
    promotion = getattr(request, "promotion", None)
    back = {row.id: row.stage for row in records.promotions if row.leaves is not None}
    mine = back.get(promotion) if promotion is not None else None
    return next(
        (
            other
            for other in records.requests
            if other.stage == mine
            and other.id != request.id
            and other.reason == "taken-over"
            and other.ended_at == request.granted_at
        ),
        None,
    )


def rises(request: AnyRequest, newest: Mapping[GroupName, int]) -> list[str]:
    """rule L4: the tokens of a grant are higher than any before."""
    return [
        f"L4: {request.name} is granted {group} with the token {token}, after {newest[group]}"
        for group, token in request.tokens.items()
        if token <= newest.get(group, 0)
    ]


def made(moment: Moment, row: DirectRequest) -> list[str]:
    """rule C26: *row*, of a person, is new."""
    if row.kind != "person":
        return []
    asks = of_group(moment.words, str(row.groups[0]), "lock")
    # What they may is asked of GitHub when the comment is dealt with, which may be late.
    roles = set(MAY_LOCK).intersection(moment.roles(row.asker))
    if any(word.who == row.asker and (roles or word.role in MAY_LOCK) for word in asks):
        return []
    return [f"C26: {row.name} asks for {row.groups[0]}, and may not, or did not say so"]


def ended(
    moment: Moment, before: DirectRequest, row: DirectRequest, *, by_client: bool
) -> list[str]:
    """*row*, which was *before* when it was seen last, is over; *by_client*: it gave it back."""
    group, name = str(row.groups[0]), f"{row.name} loses {row.groups[0]}"
    words = of_group(moment.words, group, "unlock", "release")
    if any(word.role in MAY_FORCE and word.force for word in words):
        return []
    if before.state == "queued" and row.state == "timed-out" and waits_over(moment, row):
        return []
    if before.state == "queued" and row.state in ("rejected", "timed-out"):
        if is_shared(row.groups[0]) and row.groups[0] not in moment.plan.shared:
            return []  # rules L38, L53: our file names another group by that name
        fits = weights.takes(moment.plan, row, row.groups[0]) <= moment.plan.permits.get(group, 0)
        return [f"L38: {row.name} is {row.state}, and {group} is in the file"] if fits else []
    if row.kind == "person":
        may = any(word.who == row.asker or word.role in MAY_FORCE for word in words)
        return [] if may else [f"C33: {name}, and nobody who may gave it back"]
    if row.kind == "job":
        return []  # by what its jobs do: `doors`
    over = row.expires_at is not None and moment.now >= row.expires_at
    if by_client or (over and (before.state == "queued" or row.read_at is None)):
        return []
    return [f"L36: {name} ({row.state}, {row.reason}), and its job may run"]


LEAST_HOLD = timedelta(minutes=5)


def suspected(before: DirectRequest, row: DirectRequest) -> list[str]:
    """
    rule L36: a grant that its client never read is given back, and blocks nobody; rule L74: one that
    is renewed is suspect after `max-hold`, and no file of a story says less than `LEAST_HOLD`.
    """
    since, at = row.kept_at or row.granted_at, row.suspect_at
    if row.kind == "client" and row.reason == "held-too-long" and since and at:
        early = at - since < LEAST_HOLD
        return [f"L74: {row.name} is suspect {at - since} after its grant"] if early else []
    unread = row.kind == "client" and row.read_at is None and before.read_at is None
    return [f"L36: {row.name}, who never read it, is suspect in {row.groups[0]}"] if unread else []


def forced(moment: Moment, request: LockRequest) -> list[str]:
    """rules C26, C27, L10: a stage's lock was taken away."""
    words = [w for g in request.groups for w in of_group(moment.words, g, "unlock", "release")]
    may = [word for word in words if word.role in MAY_FORCE and (word.force or word.order < 0)]
    return (
        [] if may else [f"C27: {request.name} loses {request.groups}, and nobody who may did that"]
    )


def answered(
    row: DirectRequest, call: str, token: int | None, status: int, after: DirectRequest | None
) -> list[str]:
    """rule L37: what a client was told of its heartbeat, or of giving *row* back with *token*."""
    name = f"{row.owner}'s {call} of {row.groups[0]} with {token}"
    current = token is not None and token in row.tokens.values()
    if call == "release" and row.state in ("queued", "cancelled") and token is None:
        return [] if status == 200 else [f"L37: {name} is refused ({status})"]
    good = current and row.state in HOLDING and (call == "release" or row.given_at is None)
    if call == "release" and current and row.state == "released":
        good = True  # repeated
    if good != (status == 200):
        return [f"L37: {name} is answered {status}, and it is {row.state} with {row.tokens}"]
    kept_back = after is not None and after.reason == "held-too-long"  # rule L74
    if good and call == "heartbeat" and (after is None or after.state != "held") and not kept_back:
        return [f"L36: {name} is accepted, and it is not held"]
    return []


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """What must have been done: (key, sentence) while it has not."""
    for row in moment.records.direct:
        if row.kind == "job":
            continue
        since = moment.now - moment.apart - SLACK
        if row.state in ("held", "queued") and row.expires_at and row.expires_at < since:
            words = f"{'C33' if row.kind == 'person' else 'L36'}: the time of {row.name} is over"
            yield f"over {row.id}", f"{words}, and it is {row.state}"
        if row.state == "queued" and _is_next(moment, row):
            yield f"next {row.id}", f"L34: {row.groups[0]} is free, and {row.name} waits for it"
        if row.kind == "person":
            yield from _left(moment, row)


def _is_next(moment: Moment, row: DirectRequest) -> bool:
    group = row.groups[0]
    if moment.shared.closed(group).startswith("L52"):
        return False
    if group not in moment.plan.permits:
        return True  # rule L38: it is rejected
    others = [o for o in moment.records.all_requests if group in o.groups and o.id != row.id]
    if waits(moment, row) is not None:
        return False  # rule L31
    if any(True for _ in moment.landed_jobs()) or any(
        o.state == "queued" and o.seq < row.seq for o in others
    ):
        return False
    held = weights.taken(moment.plan, [o for o in others if o.state in HOLDING], group)
    if row.by_job and held:
        return False  # rules L58, L65: it may have to be judged first
    mine, permits = weights.takes(moment.plan, row, group), moment.plan.permits[group]
    return mine > permits or held + mine <= permits  # rule L8: what never fits is rejected


def _left(moment: Moment, row: DirectRequest) -> Iterator[tuple[str, str]]:
    """rule C26: its holder's `/unlock` is the last word."""
    mine = [
        word
        for word in moment.words
        if word.who == row.asker and (word.group == plain(row.groups[0])) and not word.force
    ]
    last: Word | None = mine[-1] if mine else None
    if last is None or last.verb != "unlock" or not all(word.told for word in mine):
        return
    if moment.seen_before(("direct", row.id), last.at):
        yield f"left {row.id}", f"C26: {row.name} said /unlock {row.groups[0]}, and still has it"
