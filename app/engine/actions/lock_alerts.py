"""What ends a lock's time, and the one comment that tells people of it."""

from __future__ import annotations

from dataclasses import replace

from app.core.locks.direct import lapsed
from app.core.model.comments import Notice
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest, LockRequest, OwnRequest
from app.core.model.people import Person
from app.core.planning.actions import TellSuspect
from app.core.text import lock_alerts, people_locks
from app.core.text.links import Site
from app.engine.actions.context import Desk
from app.engine.survey.people import called_now
from app.engine.survey.whose import called_of, head_of


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


def tell(desk: Desk, action: TellSuspect) -> None:
    """
    Say in this repository what another's suspect lock holds up, to whoever knows its job or, where
    that is elsewhere, to the author of what waits; found again by its key.
    """
    holder, waits = action.holder, action.waits
    called = called_now(desk.forge, desk.repo, Person(action.actor, ""))
    if not called and waits is not None:
        called = _called(desk, waits)
    text = lock_alerts.alert_foreign(holder, _site(desk), called, waits)
    about = waits or replace(holder, repo_id=desk.repo.id)
    pull = _pull(desk, waits) if waits is not None else None
    said = lock_alerts.notice(about, holder.alert, text, desk.now, pull=pull, sha=action.commit)
    history, here = desk.store.history, desk.repo.id
    history.audit(desk.claim, here, said.event, desk.now, said.entry)
    history.save_command(desk.claim, here, said.said)


def _of_job(desk: Desk, request: DirectRequest, reason: str) -> Notice | None:
    """
    Told where the first stage waits for it, to who started its run, else to the author there; where
    only stages of other repositories do, to who started it, at its run.
    """
    board = desk.ledger.board
    queued = [other for group in request.groups for other in board.queue(group)]
    stages = [other for other in queued if other.holder_kind == "stage"]
    waits = next((other for other in stages if isinstance(other, LockRequest)), None)
    if not stages or request.told_as is not None:
        return None
    called = _called(desk, request)
    if waits is None:
        text = lock_alerts.alert_direct(request, reason, _site(desk), called)
        return _at_its_run(desk, request, text) if request.of_run else None
    called = called or _called(desk, waits)
    text = lock_alerts.alert_direct(request, reason, _site(desk), called, waits)
    return _told(desk, request, text, waits)


def _at_its_run(desk: Desk, request: DirectRequest, text: str) -> Notice | None:
    """On the pull request of its job, else on the commit of its run; None: nobody can tell."""
    pull = request.pull
    sha = None if pull else head_of(desk.forge, desk.repo, request.of_run)
    if not pull and sha is None:
        return None
    return lock_alerts.notice(request, _key(desk, request), text, desk.now, pull=pull, sha=sha)


def _told(desk: Desk, about: OwnRequest, text: str, where: LockRequest) -> Notice:
    pull, sha = _pull(desk, where), where.freight.sha
    return lock_alerts.notice(about, _key(desk, about), text, desk.now, pull=pull, sha=sha)


def _key(desk: Desk, about: OwnRequest) -> str:
    return f"suspect-{about.id}-{desk.now.isoformat()}"


def _pull(desk: Desk, request: LockRequest) -> int | None:
    promotion = desk.ledger.promotion.get(request.promotion)
    return promotion.pull if promotion is not None else None


def _called(desk: Desk, request: OwnRequest) -> str:
    return called_of(desk.forge, desk.repo, request)


def _site(desk: Desk) -> Site:
    return Site.of(desk.repo, desk.url.removesuffix(f"/{desk.repo.full_name}"))
