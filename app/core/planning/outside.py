"""External lock services and a request: before its grant, while it lasts, and after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.locks.services import due, lapsed, serves, uses_of
from app.core.model.lock_requests import HOLDING, AnyRequest
from app.core.model.lock_services import ServiceUse, refusal
from app.core.model.names import GroupName
from app.core.model.service_claims import Outside, ServiceClaim
from app.core.planning.actions import Action, AskService, GiveBack, Grant
from app.core.planning.stage_plan import StagePlan
from app.core.state.ledger import Ledger


def before_grant(ledger: Ledger, request: AnyRequest) -> AskService | Outside | None:
    """
    What is missing outside for a queued *request* whose turn it is: something to be asked now, or
    to be waited for; None: every service has granted.

    One is asked after the other: nothing is asked of the next while this one has not granted.
    """
    wanted = _uses(ledger, request)
    no = _refused(ledger, request) if wanted else None
    if no is not None:
        return no
    now = ledger.snapshot.now
    known = _known(ledger, request)
    for use in wanted:
        claim = known.get(use)
        if claim is None or due(claim, now):
            return AskService(request.id, request.requested_at, use)
        if claim.state != "held" or lapsed(claim, now):
            return Outside(use, claim)
    return None


def granted_or_asked(
    ledger: Ledger, request: AnyRequest, permits: Mapping[GroupName, int]
) -> Grant | AskService | None:
    """What brings a queued *request* on: its grant, a service to ask; None: it has to wait."""
    if not ledger.board.grantable(request, permits):
        return None
    missing = before_grant(ledger, request)
    if missing is not None:
        return missing if isinstance(missing, AskService) else None
    return Grant(request.id, permits, ledger.permit_names(request.groups))


def awaited(ledger: Ledger, request: AnyRequest) -> Outside | None:
    """What a queued *request* whose turn it is waits for outside, also where it is asked now."""
    wait = before_grant(ledger, request)
    if isinstance(wait, AskService):
        return Outside(wait.use, _known(ledger, request).get(wait.use))
    return wait


def settle_services(ledger: Ledger) -> StagePlan:
    """
    What is held outside is renewed while its request needs it, and given back afterwards, in the
    reverse of the order in which it was taken; what runs without having asked asks late.
    """
    claims, now = ledger.snapshot.records.claims, ledger.snapshot.now
    requests = {request.id: request for request in ledger.asking}
    over = [claim for claim in claims if not _serves(ledger, requests, claim)]
    kept = [claim for claim in claims if claim not in over]
    back = sorted(over, key=lambda claim: (claim.service, claim.resource), reverse=True)
    actions: list[Action] = [GiveBack(claim.id) for claim in back if _due_back(ledger, claim)]
    actions += (
        AskService(claim.request, claim.since, claim.use)
        for claim in kept
        if due(claim, now) and _goes_on(requests, claim)
    )
    actions += _late(ledger)
    wakes = (claim.next_at for claim in claims)
    return StagePlan(tuple(actions), wakes=tuple(at for at in wakes if at is not None and at > now))


def _uses(ledger: Ledger, request: AnyRequest) -> tuple[ServiceUse, ...]:
    """What it has to be granted outside, by the file in force, in order."""
    return uses_of(request.groups, ledger.pipeline.locks)


def _refused(ledger: Ledger, request: AnyRequest) -> Outside | None:
    """The first of its services that this repository may not use; None: there is none."""
    snapshot = ledger.snapshot
    for group in request.groups:
        defined = ledger.pipeline.locks.get(group)
        if defined is not None and defined.service is not None:
            why = refusal(snapshot.services, defined.service, group, snapshot.repo.owner)
            if why is not None:
                return Outside(defined.service, refusal=why)
    return None


def _known(ledger: Ledger, request: AnyRequest) -> Mapping[ServiceUse, ServiceClaim]:
    return {claim.use: claim for claim in reversed(ledger.claims.get(request.id, ()))}


def _serves(ledger: Ledger, requests: Mapping[int, AnyRequest], claim: ServiceClaim) -> bool:
    request = requests.get(claim.request)
    return request is not None and serves(claim, request, _uses(ledger, request))


def _due_back(ledger: Ledger, claim: ServiceClaim) -> bool:
    """At once; what could not be given back then waits for its time."""
    return claim.state != "ending" or due(claim, ledger.snapshot.now)


def _goes_on(requests: Mapping[int, AnyRequest], claim: ServiceClaim) -> bool:
    """Asked about beside the plan of its stage: what is held, and what a grant wants (back)."""
    return claim.state == "held" or requests[claim.request].state in HOLDING


def _late(ledger: Ledger) -> Iterator[AskService]:
    """What holds without having been let in, or more than it was let in for."""
    for request in ledger.asking:
        wanted = _uses(ledger, request) if request.state in HOLDING else ()
        if wanted and _refused(ledger, request) is None:
            known = _known(ledger, request)
            for use in wanted:
                if use not in known:
                    yield AskService(request.id, request.requested_at, use)
