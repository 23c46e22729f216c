"""The check run of a lock group: its title and summary for one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.locks.pressing import has_run
from app.core.locks.queue import Board
from app.core.locks.services import of_request
from app.core.model.ci_jobs import JobRequest
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import (
    HOLDING,
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
)
from app.core.model.names import GroupName
from app.core.model.service_claims import ServiceClaim
from app.core.model.shared_queues import NEAR
from app.core.text import lock_doubts, lock_estimates, lock_presses, markup, outside
from app.core.text.fitted import fitted
from app.core.text.foreign_holders import as_told, foreign_name, holder_name
from app.core.text.freeing import freeing
from app.core.text.links import Site
from app.core.text.lock_reasons import said
from app.core.text.people_locks import overdue_ones, overdue_title
from app.core.text.summaries import footer, section
from app.core.text.titles import queue_words

BLOCKED = "blocked: {group} is suspect; a maintainer must press Release"
SUSPECT = "suspect: a maintainer must press Release once {stage} has ended"
EVERY_LOCK = "`stagelock locks` shows every request"


@dataclass(frozen=True, slots=True)
class Around:
    """What a lock group is: its *permits*, and everybody who holds it and waits for it."""

    group: GroupName
    board: Board
    permits: int = 1
    lasted: Sequence[timedelta] = ()
    """How long its last grants lasted."""
    claims: Sequence[ServiceClaim] = ()
    """What is had, or asked for, at external services."""
    asks: Sequence[JobRequest] = ()
    """What jobs of this repository asked for."""

    def doubted(self, request: LockRequest) -> tuple[JobRequest, ...]:
        """The jobs that may be what *request* is held for, while nobody can tell."""
        asks = self.asks if request.state in HOLDING else ()
        return tuple(ask for ask in asks if ask.doubt and ask.group == self.group)

    def outside(self, request: LockRequest) -> ServiceClaim | None:
        """What *request*, whose turn it is, waits for outside; or what its grant has lost there."""
        claims = of_request(self.claims, request)
        waits = "held" if request.state == "queued" else "asking held"
        return next((claim for claim in claims if claim.state not in waits.split()), None)

    def blocks(self, request: LockRequest) -> bool:
        """Tell whether *request* waits for what only suspect grants keep from it."""
        return request.state == "queued" and self.board.blocked(self.group, self.permits)

    def stuck(self, request: LockRequest) -> DirectRequest | ForeignRequest | None:
        """
        The first suspect grant that is in the way of *request*, which is blocked, and has no run of
        its own on which somebody could free it. One of this repository comes first.
        """
        held = self.board.holders(self.group) if self.blocks(request) else ()
        no_run = [
            told
            for told in map(as_told, held)
            if not isinstance(told, LockRequest) and not has_run(told)
        ]
        return min(no_run, key=lambda told: isinstance(told, ForeignRequest), default=None)

    def overdue(self, request: LockRequest) -> DirectRequest | None:
        """The first person past their time who is in the way of *request*, which waits."""
        held = self.board.holders(self.group)
        fits = self.board.fits(request, self.group, self.permits)
        if request.state != "queued" or fits:
            return None
        return next(overdue_ones(held), None)


def title(request: LockRequest, around: Around) -> str:
    """The lock's state for *request*."""
    return markup.as_title(_phrase(request, around))


def _phrase(request: LockRequest, around: Around) -> str:
    group, board = around.group, around.board
    match request.state:
        case "queued":
            if (late := around.overdue(request)) is not None:
                return overdue_title(late)
            if around.blocks(request):
                return fitted(BLOCKED, {"group": spoken(group)})
            if (missing := around.outside(request)) is not None:
                return outside.waiting(missing)
            asked = request.requested_at
            return queue_words(
                board.place(request, group),
                board.holders(group),
                said=markup.titled,
                time=lambda at: markup.clock(at, asked),
            )
        case "held":
            return _held(request, group)
        case "suspect":
            return fitted(SUSPECT, {"stage": request.stage})
        case "released":
            return f"released after {used}" if (used := _used(request)) else "released, unused"
        case "releasing" | "forced":
            by = markup.person(request.ended_by) if request.ended_by else "a person"
            return f"forced by {by}: {markup.titled(said(request.reason))}"
        case "rejected":
            return f"rejected: {spoken(group)} has no permit for {request.stage}"
        case "timed-out":
            return "timed out: waited for longer than max-wait"
        case "superseded":
            return "superseded: newer freight took its place"
        case "cancelled" if request.reason == LockReason.OUT_OF_TURN:
            return "cancelled: merged out of turn, without the lock"
        case "cancelled":
            return "cancelled before its turn came"


def _held(request: LockRequest, group: GroupName) -> str:
    at = request.granted_at
    since = f" since {markup.clock(at, request.requested_at)}" if at else ""
    token = f", token {request.tokens[group]}" if group in request.tokens else ""
    token += "".join(f", {name}" for name in request.permits.get(group, ()))
    return f"held for {request.stage}{' out of turn' * request.out_of_turn}{since}{token}"


def summary(request: LockRequest, around: Around, event: str, site: Site) -> str:
    """What the state means, what to do, who holds the group, and who is queued; Markdown."""
    parts = [
        markup.bold(title(request, around)),
        meaning(request, blocked=around.blocks(request)),
        _freeing(request, around, site),
        lock_presses.here(around.stuck(request)),
        lock_presses.refused(around.stuck(request) or request),
        lock_presses.pressed(around.stuck(request) or request),
        lock_estimates.told(request, around.group, around.board, around.permits, around.lasted),
        _lost(request, around),
        lock_doubts.told(around.doubted(request)),
        f"Reason: {markup.escape(said(request.reason))}." if request.reason else "",
        section(f"Lock group {markup.code(spoken(around.group))}", _table(request, around)),
        _asked(request),
    ]
    return markup.fit("\n\n".join(p for p in parts if p), footer(event), rest=EVERY_LOCK)


def _freeing(request: LockRequest, around: Around, site: Site) -> str:
    if request.state == "suspect":
        return freeing((request,), site)
    stuck = around.blocks(request) or around.overdue(request) is not None
    return freeing(around.board.holders(around.group), site) if stuck else ""


def _asked(request: LockRequest) -> str:
    return (
        f"Promotion {markup.code(request.promotion)} of {markup.code(request.freight.short)} "
        f"to {markup.code(request.stage)}, requested on {markup.moment(request.requested_at)}"
    )


def _lost(request: LockRequest, around: Around) -> str:
    missing = around.outside(request) if request.state in HOLDING else None
    return outside.lost(missing) if missing is not None else ""


def meaning(request: LockRequest, *, blocked: bool) -> str:
    """What the state of *request* means, and what happens next."""
    stage = markup.code(request.stage)
    match request.state:
        case "queued" if blocked:
            return (
                f"{stage} is waiting for a lock that is suspect: it should be free by now, but the "
                f"job that used it may still run. {stage} starts automatically once that job is "
                "known to have ended."
            )
        case "queued":
            return f"{stage} starts automatically when its turn comes; there is nothing to do."
        case "held":
            turn = " It did not wait for its turn: it was merged, or run again, without the lock."
            return (
                f"{stage} has the lock until its verification has ended. Checked again with each "
                f"check there.{turn * request.out_of_turn}"
            )
        case "suspect":
            return (
                "The lock should be free by now, but its job may still run, so it still blocks "
                "others. Checked again with each check of that job; released once it has ended."
            )
        case "released":
            return "The lock is free; the next in the queue gets it."
        case "rejected":
            return (
                "The group has too few permits for it. Define enough in `stagelock.yaml`; then the "
                f"check of {stage} says how to try again."
            )
        case "releasing" | "forced":
            return "A person took the lock away; its token is refused from now on."
        case "timed-out":
            return f"It waited for longer than `max-wait`; the check of {stage} says what to do."
        case "cancelled" if request.reason == LockReason.OUT_OF_TURN:
            return f"{stage} landed out of turn, merged before it got the lock; it holds nothing."
        case "superseded" | "cancelled":
            return "It left the queue before it got the lock."


def _table(request: LockRequest, around: Around) -> str:
    group, board = around.group, around.board
    if request.state not in ("queued", "suspect"):
        return ""
    held = [
        _row(r, r.shown, f"since {markup.moment(r.granted_at)}" if r.granted_at else "")
        for r in board.holders(group)
    ]
    queued = [
        _row(r, markup.ordinal(n), f"since {markup.moment(r.requested_at)}")
        for n, r in enumerate(board.queue(group, NEAR), start=1)
    ]
    rows = "\n".join((*held, *queued))
    return f"| | who | what | when |\n|---|---|---|---|\n{rows}" if rows else ""


def _row(request: AnyRequest, state: str, when: str) -> str:
    who, what = _who_and_what(as_told(request))
    return f"| {state} | {markup.code(who)} | {what} | {when} |"


def _who_and_what(request: AnyRequest) -> tuple[str, str]:
    match request:
        case LockRequest():
            return f"{request.repo_name} {request.name}", markup.code(request.freight.short)
        case DirectRequest(kind="unknown"):
            return holder_name(request), ""
        case DirectRequest():
            return f"{request.repo_name} {request.name}", markup.escape(request.purpose)
        case ForeignRequest():
            return foreign_name(request), markup.escape(request.purpose)


def _used(request: LockRequest) -> str:
    if request.granted_at is None or request.ended_at is None:
        return ""
    return markup.span(request.ended_at - request.granted_at)
