"""What ends a lock's time, and the one comment that tells people of it."""

from __future__ import annotations

from app.core.locks.direct import lapsed
from app.core.model.comments import Notice
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest, LockRequest, OwnRequest
from app.core.text import lock_alerts, people_locks
from app.core.text.links import Site
from app.engine.actions.context import Desk
from app.engine.survey.whose import called_of


def lapse(desk: Desk, request_id: int) -> None:
    """Whose time is over is told once, where they asked; of a job's grant, where a stage waits."""
    request = next((request for request in desk.ledger.direct if request.id == request_id), None)
    notice = None
    if request is not None and request.kind == "person":
        called = called_of(desk.forge, desk.repo, request)
        said = people_locks.notice(request, desk.now, called)
        notice = lock_alerts.audited(request, said) if said is not None else None
    elif request is not None:
        after = lapsed(request, desk.now)
        notice = _of_job(desk, request, after.reason) if after.state == "suspect" else None
    desk.store.direct_locks.lapse(desk.claim, request_id, desk.now, notice)


def suspect(desk: Desk, request_id: int, reason: LockReason) -> None:
    """A grant blocks until somebody looks: whose job it is is told, once a time."""
    known: tuple[OwnRequest, ...] = (*desk.ledger.live, *desk.ledger.direct)
    request = next((request for request in known if request.id == request_id), None)
    notice = None
    match request:
        case LockRequest(state="held"):
            text = lock_alerts.alert(request, reason, _site(desk), _called(desk, request))
            notice = _told(desk, request, text, request)
        case DirectRequest(state="held"):
            notice = _of_job(desk, request, reason)
        case _:
            pass
    desk.store.locks.suspect(desk.claim, request_id, reason, desk.now, notice)


def _of_job(desk: Desk, request: DirectRequest, reason: str) -> Notice | None:
    """Told where the first stage waits for it, to who started its run, else to the author there."""
    board = desk.ledger.board
    queued = (other for group in request.groups for other in board.queue(group))
    waits = next((other for other in queued if isinstance(other, LockRequest)), None)
    if waits is None or request.told_as is not None:
        return None
    called = _called(desk, request) or _called(desk, waits)
    text = lock_alerts.alert_direct(request, reason, _site(desk), called, waits)
    return _told(desk, request, text, waits)


def _told(desk: Desk, about: OwnRequest, text: str, where: LockRequest) -> Notice:
    promotion = desk.ledger.promotion.get(where.promotion)
    pull = promotion.pull if promotion is not None else None
    key = f"suspect-{about.id}-{desk.now.isoformat()}"
    sha = where.freight.sha
    return lock_alerts.notice(about, key, text, desk.now, pull=pull, sha=sha)


def _called(desk: Desk, request: OwnRequest) -> str:
    return called_of(desk.forge, desk.repo, request)


def _site(desk: Desk) -> Site:
    return Site.of(desk.repo, desk.url.removesuffix(f"/{desk.repo.full_name}"))
