"""
Every state that a stage, a person, a client, a visitor and an edit of the file can get into.

`x` has two permits with names, `y` two without. The stage takes one of each, the person all of `y`,
the client one of `x`; it asks twice, and what it sent arrives whenever it likes: also after its end,
and while its next request waits or holds. A worker or client that dies does nothing more; what it
began may run on. A visitor runs without having asked, an edit takes permits away.

Whose turn it is, and what a client's request becomes, is the product's to say. What may be is said
here, from the contract: whoever may go is let in, nobody else is, and what runs is never too much.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from app.core.locks.direct import (
    asked_again,
    granted,
    lapsed,
    place_until,
    read,
    released,
    renewed,
)
from app.core.locks.protocol import Event, Outdated, moved
from app.core.locks.queue import Board, granted_permits
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import (
    ALL,
    HOLDING,
    LIVE,
    DirectKind,
    DirectRequest,
    LockRequest,
)
from app.core.model.names import GroupName
from tests.core.exploring import explore
from tests.core.lock_requests import request as stages

AT = datetime(2026, 1, 1, tzinfo=UTC)
TTL = timedelta(minutes=1)
X, Y = GroupName("x"), GroupName("y")
FILE: dict[GroupName, tuple[str, ...] | int] = {X: ("x1", "x2"), Y: 2}
EDITED: dict[GroupName, tuple[str, ...] | int] = {X: ("x2",), Y: 1}
STAGE, PERSON, CLIENT, VISITOR, EDIT = range(5)
WANTS = {
    STAGE: {X: 1, Y: 1},
    PERSON: {Y: ALL},
    CLIENT: {X: 1},
    VISITOR: {X: ALL, Y: 1},
}
CROWD = {STAGE: 1, PERSON: 1, CLIENT: 1, VISITOR: 1, EDIT: 1}
LATE = {STAGE: 1, CLIENT: 2, EDIT: 1}
"""How often each of them comes; in `LATE` what a client sent may arrive at any time."""


class frozen(dict):
    def __hash__(self):  # type: ignore[override]  # it is never changed
        return hash(frozenset(self.items()))


@dataclass(frozen=True)
class Actor:
    """Of the edit, only whether it was made counts: that is its *rounds*."""

    request: LockRequest | DirectRequest | None = None
    rounds: int = 0
    running: bool = False
    forced: bool = False
    """A person answers for what still runs."""
    sent: frozenset[tuple[str, int]] = frozenset()
    """What is on its way, or will arrive once more: a word, and the token that it shows."""


def live(actors):
    found = [one.request for one in actors if one.request is not None]
    return sorted((one for one in found if one.state in LIVE), key=lambda one: one.seq)


def file_of(actors):
    return EDITED if actors[EDIT].rounds else FILE


def sizes(actors):
    return {g: p if isinstance(p, int) else len(p) for g, p in file_of(actors).items()}


# What may be, by the contract.


def weight(one, group, size):
    """How many permits it takes; who takes all takes as many as there are."""
    return one.weights.get(group, 1) or size


def may_go(one, alive, permits):
    waiting = [o for o in alive if o.state == "queued" and o.seq < one.seq]
    if one.state != "queued" or any(set(o.groups) & set(one.groups) for o in waiting):
        return False
    for group in one.groups:
        size = permits[group]
        out = [o for o in alive if o.state in HOLDING and group in o.groups]
        if sum(weight(o, group, size) for o in out) + weight(one, group, size) > size:
            return False
        if one.weights.get(group) == ALL and out:
            return False
    return True


def check(actors, way):
    alive, permits = live(actors), sizes(actors)
    board = Board(alive)
    going = {one.id for one in alive if may_go(one, alive, permits)}
    assert going == {one.id for one in alive if board.grantable(one, permits)}, way
    let_in = [
        actor for number, actor in enumerate(actors[:VISITOR]) if actor.running and not actor.forced
    ]
    for group, named in FILE.items():
        inside = [a.request for a in let_in if group in a.request.groups]
        out = sum(weight(one, group, 2) for one in inside)
        assert out <= 2, f"{out} permits of {group} are in use: {way}"
        names = [name for one in inside for name in one.permits.get(group, ())]
        assert len(names) == len(set(names)) == (0 if isinstance(named, int) else out), (
            f"{names}: {way}"
        )
    if all(one.state == "queued" for one in alive):
        fits = [o for o in alive if all(o.weights.get(g, 1) <= permits[g] for g in o.groups)]
        assert going or fits == [], f"stuck: {way}"


# What may happen, one thing at a time.


def moves(actors, *, who, broken=""):
    for number in who:
        actor = actors[number]
        if number == EDIT:
            if not actor.rounds:
                yield "takes permits away", number, Actor(rounds=1)
            continue
        one = actor.request
        over = (one is None or one.state not in LIVE) and not actor.running
        if over and actor.rounds < who[number]:
            yield from _asks(number, actor, actors)
        if actor.running:
            yield "ends", number, replace(actor, running=False)
        yield from _arriving(number, actor, broken, late=who is LATE)
        if one is not None and one.state in LIVE:
            yield from _grants(number, actor, actors, broken)
            yield from _ends(number, actor, broken)


def _asks(number, actor, actors):
    newest = 1 + max((one.seq for one in live(actors)), default=0)
    weights = frozen({g: w for g, w in WANTS[number].items() if w != 1})
    more: dict[str, Any] = {"weights": weights, "permits": frozen(), "tokens": frozen()}
    if number == VISITOR:
        tokens = frozen(dict.fromkeys(WANTS[number], token(actors)))
        held = stages(
            number, *WANTS[number], state="held", out_of_turn=True, **more | {"tokens": tokens}
        )
        yield "is seen", number, Actor(replace(held, seq=newest), 1, running=True)
    elif number == STAGE:
        yield "asks", number, Actor(replace(stages(number, *WANTS[number], **more), seq=newest), 1)
    else:
        kind: DirectKind = "person" if number == PERSON else "client"
        groups = tuple(WANTS[number])
        asked = DirectRequest(
            number, 7, "acme/web", kind, f"a{number}", groups, newest, "queued", AT, TTL, **more
        )
        asked = replace(asked, expires_at=place_until(asked, AT))
        yield "asks", number, Actor(asked, actor.rounds + 1, sent=actor.sent)


def token(actors):
    """Newer than any that was given and can still be shown, or that a person has raised."""
    known = [t for a in actors if a.request is not None for t in a.request.tokens.values()]
    known += [shown for a in actors for _, shown in a.sent]
    return 2 + max(known, default=0)


def _grants(number, actor, actors, broken):
    one = actor.request
    if one.state == "queued" and Board(live(actors)).grantable(one, sizes(actors)):
        names = {g: p for g, p in file_of(actors).items() if not isinstance(p, int)}
        others = [] if broken == "names" else live(actors)
        counts, given = granted_permits(one, others, sizes(actors), names)
        tokens = frozen(dict.fromkeys(one.groups, token(actors)))
        then = replace(one, weights=frozen(counts), permits=frozen(given), tokens=tokens)
        held = replace(then, state="held") if number == STAGE else granted(then, AT)
        yield "is granted", number, replace(actor, request=held)
    elif one.state in HOLDING and not actor.running:
        given_back = ("release", next(iter(one.tokens.values()))) in actor.sent
        told = number != CLIENT or (one.read_at is not None and not given_back)
        if told and (number == CLIENT or one.state == "held"):
            yield "starts", number, replace(actor, running=True)


def _ends(number, actor, broken):
    """What a worker, time, or a person does to it; a worker frees only what has ended."""
    one = actor.request
    gone = "released" if one.state in HOLDING else "cancelled"
    if one.state == "held" and number == STAGE:
        yield "is lost", number, replace(actor, request=replace(one, state="suspect"))
        if not actor.running:
            back = replace(one, state="queued", seq=99, tokens=frozen(), permits=frozen())
            yield "is given back", number, replace(actor, request=back)
    if one.state == "suspect":
        if number == STAGE:
            yield "is seen alive", number, replace(actor, request=replace(one, state="held"))
        if broken == "time":
            yield "expires", number, replace(actor, request=replace(one, state="released"))
    if number in {PERSON, CLIENT}:
        late = lapsed(one, AT + TTL)
        if late.state in HOLDING or not actor.running or broken:
            yield "its time passes", number, replace(actor, request=late)
        else:
            raise AssertionError("time has freed what runs")
    if number != CLIENT and not actor.running:
        yield "is over", number, replace(actor, request=replace(one, state=gone))
    if one.state in HOLDING:
        over = replace(one, state="forced")
        if number in {PERSON, CLIENT}:
            over = moved(one, Event.FORCED, AT, LockReason.BUTTON)
        yield "is forced", number, replace(actor, request=over, forced=True)


def _arriving(number, actor, broken, *, late) -> Iterator[tuple[str, int, Actor]]:
    """
    A client sends, and dies or waits for the answer; what it sent arrives once or again. It names
    its request, and is refused by the token alone where that was another one.
    """
    one = actor.request
    if number not in {PERSON, CLIENT} or one is None:
        return
    if one.state in LIVE:
        yield "asks again", number, replace(actor, request=asked_again(one, one, AT))
    mine = next(iter(one.tokens.values()), 0)
    if one.state in LIVE and number == CLIENT:
        yield "reads", number, replace(actor, request=read(one, AT))
        if late and one.state in HOLDING and all(shown != mine for _, shown in actor.sent):
            if not actor.running:
                sent = actor.sent | {("release", mine)}
                yield "sends its release", number, replace(actor, sent=sent)
            sent = actor.sent | {("renew", mine)}
            yield "sends a heartbeat", number, replace(actor, sent=sent)
    for word, shown in sorted(actor.sent):
        yield f"{word} arrives", number, replace(actor, request=_told(one, word, shown, broken))


def _told(one, word, shown, broken):
    newest = one.state in HOLDING and shown == next(iter(one.tokens.values()))
    if broken == "late" and one.state in HOLDING and word == "release":
        return replace(one, state="released")
    try:
        then = released(one, shown, AT) if word == "release" else renewed(one, shown, AT)
    except Outdated:
        assert not newest, "the newest token is refused"
        return one
    assert newest or then == one, "an outdated word has an effect"
    return then


def canonical(actors):
    """
    What no later step depends on is made equal: the time of day, all but the order of who waits, how
    it ended, and tokens that are compared with no other.
    """
    places = sorted({one.seq for one in live(actors) if one.state == "queued"})
    return tuple(_canonical(actor, places) for actor in actors)


def _canonical(actor, places):
    one = actor.request
    if one is None:
        return actor
    own = set(one.tokens.values()) | {t for _, t in actor.sent}
    tokens = {t: number for number, t in enumerate(sorted(own), 1)}
    alive, isclient = one.state in LIVE, isinstance(one, DirectRequest) and one.kind == "client"
    uses = alive or actor.running
    more = {
        "state": one.state if alive or isclient else "released",
        "seq": places.index(one.seq) if one.state == "queued" else 0,
        "tokens": frozen({g: tokens[t] for g, t in one.tokens.items()} if uses or isclient else {}),
        "weights": frozen({g: w for g, w in one.weights.items() if w != 1} if uses else {}),
        "permits": frozen(one.permits if uses else {}),
        "granted_at": None,
        "suspect_at": None,
        "ended_at": None,
        "reason": "",
    }
    if isinstance(one, DirectRequest):
        more |= {"expires_at": AT + TTL, "read_at": one.read_at and AT if alive else None}
    sent = frozenset((word, tokens[shown]) for word, shown in actor.sent)
    forced = actor.forced and actor.running
    return Actor(replace(one, **more), actor.rounds, actor.running, forced, sent)


def explored(who, broken=""):
    start = (Actor(),) * 5
    return explore(start, partial(moves, who=who, broken=broken), check, canonical)


def test_no_state_lets_too_much_in_passes_somebody_or_is_stuck():
    assert explored(CROWD) > 5_000


def test_no_word_that_arrives_late_frees_or_keeps_anything():
    assert explored(LATE) > 500


@pytest.mark.parametrize(
    ("who", "broken", "seen"),
    [
        (CROWD, "time", r"permits of|\['x2', 'x2'\]"),
        (CROWD, "names", r"\['x1', 'x1'\]"),
        (LATE, "late", r"\['x2', 'x2'\]"),
    ],
)
def test_the_model_sees_what_a_weaker_protocol_would_break(who, broken, seen):
    with pytest.raises(AssertionError, match=seen):
        explored(who, broken)
