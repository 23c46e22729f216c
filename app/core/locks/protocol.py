"""
The protocol of lock requests: what each event makes of a request in each state, as one table.

Nothing else changes a request's state. A pair of state and event has one of three answers: a
`Step` to a state, and why; *late*: the event says what is so already, or of what is over, and
nothing changes; none: the event cannot happen then, and whoever sends it is behind (`Outdated`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from app.core.model.lock_reasons import LockReason as Why
from app.core.model.lock_requests import (
    HOLDING,
    LIVE,
    REQUEST_ENDS,
    DirectRequest,
    HolderKind,
    OwnRequest,
    RequestState,
)

Own = TypeVar("Own", bound=OwnRequest)


class Event(StrEnum):
    """What happens to a request."""

    ASKED = "asked for"
    REBUILT = "found by a rebuild"
    GRANTED = "granted in its turn"
    RAN = "seen running without a grant"
    SPREAD = "given more groups by an edit"
    RENEWED = "renewed by its holder"
    LAPSED = "past its time"
    UNREAD = "past its time, its grant unread"
    DOUBTED = "not seen to end"
    LOST = "its run cannot be followed"
    SEEN = "its job seen running"
    KEPT = "kept by a maintainer"
    REQUEUED = "not used, to ask again"
    RETURNED = "given back with its token"
    SHARED = "given back, while others have a part in it"
    LEFT = "left without a token"
    UNLOCKED = "unlocked"
    OVER = "over"
    SUPERSEDED = "superseded"
    TIMED_OUT = "waited too long"
    REJECTED = "larger than the group"
    TAKEN_AWAY = "taken away by a person, to be ended by a look"
    FORCED = "forced by a person"
    JOINED = "given a part in a stage's grant"
    PART_OVER = "its part over"
    PART_TAKEN = "its part taken away"


class Step(NamedTuple):
    """The state after an event, and why: one of these codes, or nothing, or a person's words."""

    to: RequestState
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What an event does to whose requests, by the state before; None: there is no request yet."""

    of: frozenset[HolderKind]
    steps: Mapping[RequestState | None, Step]
    late: frozenset[str] = frozenset()
    behind: str = "it holds nothing"
    """What to say in every other state."""
    holding: str = ""
    """What to say instead where it holds something; "": the same."""


class Outdated(Exception):
    """What was said of a request cannot be so, as it stands now; the text says why."""


def to(state: RequestState, *why: Why) -> Step:
    return Step(state, why)


def _held(step: Step) -> Mapping[RequestState | None, Step]:
    return dict.fromkeys(("held", "suspect"), step)


_STAGES: Final = frozenset[HolderKind]({"stage", "visitor"})
_CLIENT: Final = frozenset[HolderKind]({"client"})
_RUNS: Final = frozenset[HolderKind]({"client", "job"})
_DIRECT: Final = frozenset[HolderKind]({"person", "client", "job"})
_ALL: Final = _STAGES | _DIRECT
_UNKNOWN: Final = frozenset[HolderKind]({"unknown"})
"""It never asked: a rebuild finds it, and a person ends it. Nothing can be known of it."""
_UNUSED: Final = (
    Why.GATE_CLOSED, Why.NO_EVIDENCE, Why.WRONG_BASE, Why.NOT_MERGEABLE, Why.UNMERGED_IN_TIME,
    Why.SERVICE_LOST,
)  # fmt: skip
_OVER: Final = to(
    "released", Why.ENDED, Why.UNWRITTEN, Why.TAKEN_OVER, Why.QUEUES_ITSELF, Why.RUN_ENDED,
    Why.JOBS_ENDED, Why.NOT_TAKEN, *_UNUSED,
)  # fmt: skip
_NOT_BEGUN: Final = (Why.ENDED_BEFORE, Why.OUT_OF_TURN)
_LEAVES: Final = (Why.NO_LOCK, Why.RUN_ENDED, Why.ENVIRONMENT_EDITED)
_ANY: Final = LIVE | REQUEST_ENDS

TABLE: Final[Mapping[Event, Row]] = {
    Event.ASKED: Row(_ALL, {None: to("queued"), "queued": to("queued")}, HOLDING),
    Event.REBUILT: Row(_STAGES | _UNKNOWN, {None: to("suspect", Why.UNPROBED, Why.UNKNOWN_HOLDER)}),
    Event.GRANTED: Row(_ALL, {"queued": to("held")}, HOLDING, "it has ended"),
    Event.RAN: Row(_STAGES, {"queued": to("held")}, HOLDING, "it has ended"),
    Event.SPREAD: Row(
        _STAGES, {"held": to("held"), "suspect": to("suspect"), "releasing": to("releasing")}
    ),
    Event.RENEWED: Row(_DIRECT, _held(to("held"))),
    Event.LAPSED: Row(
        _DIRECT,
        {
            "queued": to("cancelled", Why.NOT_ASKED_AGAIN),
            "held": to("suspect", Why.OVERDUE, Why.LAPSED, Why.HELD_TOO_LONG),
        },
        _ANY - {"queued", "held"},
    ),
    Event.UNREAD: Row(_CLIENT, {"held": to("released", Why.UNREAD)}),
    Event.DOUBTED: Row(
        _STAGES,
        {"held": to("suspect", Why.MAY_STILL_RUN, Why.HELD_TOO_LONG)},
        frozenset({"suspect", "releasing"}),
    ),
    Event.LOST: Row(_RUNS, _held(to("suspect", Why.RUN_GONE, Why.LAPSED, Why.HELD_TOO_LONG))),
    Event.SEEN: Row(_STAGES, {"suspect": to("held")}, frozenset({"held", "releasing"})),
    Event.KEPT: Row(_STAGES | _RUNS, {"suspect": to("held")}, _ANY - {"suspect"}),
    Event.REQUEUED: Row(
        _STAGES,
        _held(to("queued", Why.UNWRITTEN_IN_TIME, Why.UNMERGED_IN_TIME, Why.SERVICE_LOST)),
        frozenset({"queued", "releasing"}),
        "it has ended",
    ),
    Event.RETURNED: Row(_DIRECT, _held(to("released", Why.GIVEN_BACK)), frozenset({"released"})),
    Event.SHARED: Row(_DIRECT, {"held": to("held"), "suspect": to("suspect")}),
    Event.LEFT: Row(
        _DIRECT,
        {"queued": to("cancelled", Why.LEFT)},
        frozenset({"cancelled"}),
        holding="leaving it needs its token",
    ),
    Event.UNLOCKED: Row(
        _DIRECT,
        {"queued": to("cancelled", Why.LEFT), **_held(to("released", Why.GIVEN_BACK))},
        REQUEST_ENDS,
    ),
    Event.OVER: Row(
        _ALL,
        {
            "queued": to("cancelled", *_NOT_BEGUN, *_LEAVES, *_UNUSED),
            **_held(_OVER),
            "releasing": _OVER,
        },
        REQUEST_ENDS,
    ),
    Event.SUPERSEDED: Row(_STAGES, {"queued": to("superseded", *_NOT_BEGUN)}, _ANY - {"queued"}),
    Event.TIMED_OUT: Row(
        _ALL,
        {"queued": to("timed-out", Why.WAITED_TOO_LONG, Why.PART_NEVER_KNOWN)},
        _ANY - {"queued"},
    ),
    Event.REJECTED: Row(_ALL, {"queued": to("rejected", Why.TOO_LARGE)}, _ANY - {"queued"}),
    Event.TAKEN_AWAY: Row(
        _STAGES,
        {**_held(to("releasing", Why.BUTTON)), "releasing": to("releasing", Why.BUTTON)},
        _ANY - HOLDING,
    ),
    Event.FORCED: Row(
        _ALL | _UNKNOWN,
        {**_held(to("forced", Why.BUTTON)), "releasing": to("forced", Why.BUTTON)},
        _ANY - HOLDING,
    ),
    Event.JOINED: Row(_CLIENT, {"queued": to("released", Why.JOINED)}, _ANY - {"queued"}),
    Event.PART_OVER: Row(_CLIENT, {"released": to("released", Why.GIVEN_BACK, Why.GRANT_OVER)}),
    Event.PART_TAKEN: Row(_CLIENT, {"released": to("forced", Why.GRANT_OVER)}),
}

ENDS: Final[Mapping[str, Event]] = {
    "released": Event.OVER,
    "cancelled": Event.OVER,
    "superseded": Event.SUPERSEDED,
    "timed-out": Event.TIMED_OUT,
    "rejected": Event.REJECTED,
    "forced": Event.FORCED,
}
"""The event that is meant where a plan, or a person, ends a request in a state."""

Ending = tuple[RequestState, Why | str]
"""How a request ends, and why."""


def late(state: RequestState, event: Event) -> bool:
    """Tell whether *event* changes nothing any more of a request in *state*."""
    return state in TABLE[event].late


def after(state: RequestState | None, event: Event, why: str = "") -> RequestState:
    """
    The state after *event*, for the reason *why*; None before it: there is no request yet.

    Outdated where it cannot happen. A code that is no reason of this step is a mistake of ours.
    """
    rule = TABLE[event]
    if state is not None and state in rule.late:
        return state
    step = rule.steps.get(state)
    if step is None:
        behind = rule.holding if state in HOLDING and rule.holding else rule.behind
        raise Outdated(f"the request is {state}: {behind}")
    if isinstance(why, Why) and why not in step.why:
        raise ValueError(f"{why.name} is no reason for {event.name} of what is {state}")
    return step.to


def expect(request: OwnRequest, event: Event, why: Why | str = "") -> RequestState:
    """`after` of *request*, whose kind has to know *event*."""
    kind = request.kind if isinstance(request, DirectRequest) else request.holder_kind
    if kind not in TABLE[event].of:
        raise ValueError(f"{event.name} is no event for a {kind}'s request")
    return after(request.state, event, why)


def ending(request: OwnRequest, event: Event, why: Why | str) -> Ending:
    """How *request* ends by *event*."""
    return expect(request, event, why), why


def moved(request: Own, event: Event, at: datetime, why: str = "", by: str = "") -> Own:
    """*request* as *event* leaves it *at*, for the reason *why*, by the person *by*."""
    state = expect(request, event, why)
    if late(request.state, event):
        return request
    match state:
        case "queued":
            return replace(request, state=state, granted_at=None, suspect_at=None, reason=why)
        case "held":
            since = at if request.granted_at is None else request.granted_at
            return replace(request, state=state, granted_at=since, suspect_at=None, reason="")
        case "suspect":
            return replace(request, state=state, suspect_at=at, reason=why)
        case "releasing":
            return replace(request, state=state, ended_by=by, reason=why)
        case _:
            return replace(request, state=state, ended_at=at, ended_by=by, reason=why)
