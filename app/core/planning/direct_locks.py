"""Locks of people and clients: granted in their turn, and ended or suspected by time."""

from __future__ import annotations

from app.core.locks.direct import next_lapse
from app.core.locks.protocol import Event
from app.core.locks.queue import too_large
from app.core.model.group_names import organization
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from app.core.planning.actions import Action, Lapse, Suspect
from app.core.planning.job_joins import unjudged
from app.core.planning.lock_ends import end
from app.core.planning.lock_holding import held_too_long, held_until
from app.core.planning.lock_times import LOOK, max_wait_over, waited_too_long
from app.core.planning.outside import granted_or_asked
from app.core.planning.probing import probes, told_by_its_run
from app.core.planning.stage_plan import StagePlan
from app.core.state.ledger import Ledger


def settle_direct(ledger: Ledger) -> StagePlan:
    """
    What becomes of each request of people and clients.

    A group that the file does not define (any more) has no permits: who waits for it is told so.
    A grant of it goes on: an edit of the file ends none.
    """
    now = ledger.snapshot.now
    ours = [request for request in ledger.direct if request.kind != "job"]
    actions = [a for r in ours if (a := _next(ledger, r)) is not None]
    lapses = [next_lapse(request) for request in ledger.direct]
    lapses += [held_until(ledger, r) for r in ours if _works(r)]
    lapses += [max_wait_over(ledger, r) for r in ledger.direct if r.state == "queued"]
    if any(probes(request) for request in ours):
        lapses.append(now + LOOK)
    return StagePlan(
        tuple(actions), wakes=tuple(at for at in lapses if at is not None and at > now)
    )


def _next(ledger: Ledger, request: DirectRequest) -> Action | None:
    if _works(request) and held_too_long(ledger, request):
        return Suspect(request.id, LockReason.HELD_TOO_LONG)
    over = next_lapse(request)
    if over is not None and over <= ledger.snapshot.now:
        return Lapse(request.id)
    if request.state != "queued":
        return told_by_its_run(ledger, request)
    defined = ledger.pipeline.locks
    permits = {group: defined[group].permits for group in request.groups if group in defined}
    if waited_too_long(ledger, request):
        return end(request, Event.TIMED_OUT, LockReason.WAITED_TOO_LONG)
    there = ledger.snapshot.organization
    shared = any(organization(group) is not None for group in request.groups)
    if shared and (there is None or there.unknown):
        return None  # nobody knows what there is: the place is kept
    if too_large(request, permits):
        return end(request, Event.REJECTED, LockReason.TOO_LARGE)
    if unjudged(ledger, request.id):
        return None
    return granted_or_asked(ledger, request, permits)


def _works(request: DirectRequest) -> bool:
    """A client holds, and knows it."""
    return request.kind == "client" and request.state == "held" and request.read_at is not None
