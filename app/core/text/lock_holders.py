"""The table of who has a lock group, and who waits for it next, in the run of a request."""

from __future__ import annotations

from app.core.locks.queue import Board
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import GroupName
from app.core.model.shared_queues import NEAR
from app.core.text import markup
from app.core.text.foreign_holders import as_told, foreign_name, holder_name


def told(request: LockRequest, group: GroupName, board: Board) -> str:
    """Everybody in *group*, while *request* waits for it or is suspect; "" else."""
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
