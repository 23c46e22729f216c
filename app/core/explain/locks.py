"""What the run of a lock group says of the request that it speaks of."""

from __future__ import annotations

from app.core.explain import markup
from app.core.explain.summaries import footer, section
from app.core.explain.titles import queue_words
from app.core.locks import Board
from app.core.names import GroupName
from app.core.records import LockRequest

QUEUED = 20
"""How many of a queue are listed."""


def title(request: LockRequest, group: GroupName, board: Board) -> str:
    """The lock's state for *request*; *board* has the live requests on *group*."""
    return markup.as_title(_phrase(request, group, board))


def _phrase(request: LockRequest, group: GroupName, board: Board) -> str:
    match request.state:
        case "queued":
            return queue_words(
                board.place(request, group),
                board.holders(group),
                said=markup.plain,
                time=markup.clock,
            )
        case "held" | "releasing":
            return _held(request, group)
        case "suspect":
            since = f" since {markup.clock(request.suspect_at)}" if request.suspect_at else ""
            return f"suspect{since}: the job of {request.stage} may still run"
        case "released":
            return f"released after {used}" if (used := _used(request)) else "released, unused"
        case "forced":
            by = f"@{request.ended_by}" if request.ended_by else "a person"
            return f"forced by {by}: {request.reason}"
        case "rejected":
            return f"rejected: {group} has no permit for {request.stage}"
        case "timed-out":
            return f"timed out after {_waited(request)} in the queue"
        case "superseded":
            return "superseded: newer freight took its place"
        case "cancelled":
            return "cancelled before its turn came"


def _held(request: LockRequest, group: GroupName) -> str:
    since = f" since {markup.clock(request.granted_at)}" if request.granted_at else ""
    token = f", token {request.tokens[group]}" if group in request.tokens else ""
    turn = " out of turn" if request.out_of_turn else ""
    return f"held for {request.stage}{turn}{since}{token}"


def summary(request: LockRequest, group: GroupName, board: Board, event: str) -> str:
    """The whole picture: what it means, who holds the group, who is queued, what to do."""
    parts = [
        f"**{markup.escape(title(request, group, board))}**",
        meaning(request),
        f"Because: {markup.escape(request.reason)}." if request.reason else "",
        section(f"Lock group {markup.code(group)}", _table(request, group, board)),
        _asked(request),
    ]
    return markup.fit("\n\n".join(p for p in parts if p), footer(event))


def _asked(request: LockRequest) -> str:
    return (
        f"Promotion {markup.code(request.promotion)} of {markup.code(request.freight.short)} "
        f"to {markup.code(request.stage)}, asked on {markup.moment(request.requested_at)}"
    )


def meaning(request: LockRequest) -> str:
    """What the state means for people: what happens next, or what they may do."""
    stage = markup.code(request.stage)
    match request.state:
        case "queued":
            return f"{stage} starts by itself when its turn comes: nothing needs to be done."
        case "held" | "releasing":
            turn = (
                " It was merged out of turn: others wait until it has ended." * request.out_of_turn
            )
            return (
                f"{stage} has the lock until its verification has ended; it is looked at again "
                f"with each check there.{turn}"
            )
        case "suspect":
            return (
                "The grant should have ended, but its job may still run, so it still blocks. It "
                "is looked at again with each check of that job. If you know that the job has "
                "ended, press Release."
            )
        case "released":
            return "The lock is free for the next in the queue."
        case "rejected":
            return (
                "No permit can ever be free for it. Define the group in `stagelock.yaml`, "
                f"then comment {markup.code(f'/retry {request.stage}')}."
            )
        case "forced":
            return "A person took the lock away; its token is refused from now on."
        case "timed-out" | "superseded" | "cancelled":
            return "It left the queue without having had the lock."


def _table(request: LockRequest, group: GroupName, board: Board) -> str:
    if request.state not in ("queued", "suspect"):
        return ""
    held = [
        _row(r, r.state, f"since {markup.moment(r.granted_at)}" if r.granted_at else "")
        for r in board.holders(group)
    ]
    queued = [
        _row(r, markup.ordinal(n), f"asked {markup.moment(r.requested_at)}")
        for n, r in enumerate(board.queue(group, QUEUED), start=1)
    ]
    rows = "\n".join((*held, *queued))
    return f"| | who | freight | when |\n|---|---|---|---|\n{rows}" if rows else ""


def _row(request: LockRequest, state: str, when: str) -> str:
    who = markup.code(f"{request.repo_name} {request.stage}")
    return f"| {state} | {who} | {markup.code(request.freight.short)} | {when} |"


def _used(request: LockRequest) -> str:
    if request.granted_at is None or request.ended_at is None:
        return ""
    return markup.span(request.ended_at - request.granted_at)


def _waited(request: LockRequest) -> str:
    if request.ended_at is None:
        return "its time"
    return markup.span(request.ended_at - request.requested_at)
