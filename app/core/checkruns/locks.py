"""`stagelock / lock / <group>`: a run for a group on a commit, of the request nearest the front."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from app.core.checkruns.stages import KEPT
from app.core.checkruns.target import RunTarget, Weight
from app.core.locks.pressing import offered
from app.core.locks.protocol import Event, moved
from app.core.locks.queue import Board
from app.core.model.check_names import code_in, lock_run, read_external_id
from app.core.model.facts import Button, RunDraft, RunStatus
from app.core.model.group_records import GroupRecord
from app.core.model.lock_requests import (
    LIVE,
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
    RequestState,
)
from app.core.model.names import GroupName, PromotionId, Sha
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.text import locks as words
from app.core.text.buttons import KEEP, KEEP_ON, PROBE, RELEASE
from app.core.text.links import Site
from app.core.text.markup import event_id

_STATES: dict[RequestState, tuple[RunStatus, str | None, Weight]] = {
    "queued": ("queued", None, Weight.BEGINNING),
    "held": ("in_progress", None, Weight.GRANT),
    "suspect": ("completed", "action_required", Weight.TROUBLE),
    "released": ("completed", "success", Weight.END),
    "forced": ("completed", "cancelled", Weight.END),
    "cancelled": ("completed", "cancelled", Weight.END),
    "superseded": ("completed", "cancelled", Weight.END),
    "timed-out": ("completed", "timed_out", Weight.TROUBLE),
    "rejected": ("completed", "failure", Weight.TROUBLE),
}
_BUTTONS = {"release": RELEASE, "keep": KEEP_ON, "probe": PROBE}
_FRONT: dict[RequestState, int] = {"suspect": 0, "held": 1, "queued": 2}
_LAST = 3

Spoken = tuple[LockRequest, GroupName]
"""A request, and which of its groups a run is about."""


def lock_targets(snapshot: Snapshot, site: Site) -> list[RunTarget]:
    """All of them, of this repository's requests that live or ended in the last 14 days."""
    told: dict[tuple[str, Sha], list[Spoken]] = defaultdict(list)
    for request, commits in _spoken_of(snapshot):
        for sha in commits:
            for group in request.groups:
                told[lock_run(group), sha].append((request, group))
    fronts = {place: min(speakers, key=_front) for place, speakers in told.items()}
    around = {group: _around(snapshot, group) for _, group in fronts.values()}
    return [
        _target(snapshot, sha, request, around[group], site)
        for (_, sha), (request, group) in fronts.items()
    ]


def _around(snapshot: Snapshot, group: GroupName) -> words.Around:
    records, mine = snapshot.records, snapshot.repo.id
    board = Board((r for r in records.all_requests if r.state in LIVE), records.queues)
    asks = [ask for ask in records.job_requests if ask.attempt.repository == mine]
    permits, known = snapshot.permits.get(group, 1), records.groups.get(group, GroupRecord())
    return words.Around(group, board, permits, known.lasted, records.claims, asks)


def lock_commits(snapshot: Snapshot) -> set[Sha]:
    """The commits on which there is one."""
    return {sha for _, commits in _spoken_of(snapshot) for sha in commits}


def _spoken_of(snapshot: Snapshot) -> Iterator[tuple[LockRequest, tuple[Sha, ...]]]:
    promotions = {p.id: p for p in snapshot.records.promotions}
    for request in snapshot.records.requests:
        if request.repo_id == snapshot.repo.id and not _long_over(snapshot, request):
            yield _as_ended(request, snapshot.now), _commits(request, promotions)


def _as_ended(request: LockRequest, now: datetime) -> LockRequest:
    """
    *request*; as what it is from the next look on, where a person has taken it away: nobody is
    asked to release that, and the stage may ask anew beside it by then.
    """
    if request.state != "releasing":
        return request
    return moved(request, Event.FORCED, now, request.reason, request.ended_by)


def suspect_of(name: str, external: str, snapshot: Snapshot) -> LockRequest | None:
    """
    The suspect grant that a lock's run *name* speaks of: of its group, and of the promotion that
    its external id *external* names.
    """
    spoken = _meant(name, external, snapshot)
    return next((request for request, _ in spoken if request.state == "suspect"), None)


def overdue_for(name: str, external: str, snapshot: Snapshot) -> DirectRequest | None:
    """
    The person's lock past its time that a lock's run *name* speaks of: that in the way of the
    queued request that its external id *external* names.
    """
    meant = _meant(name, external, snapshot)
    requests = (_around(snapshot, group).overdue(request) for request, group in meant)
    return next((request for request in requests if request is not None), None)


def stuck_for(
    name: str, external: str, snapshot: Snapshot
) -> DirectRequest | ForeignRequest | None:
    """
    The suspect grant of no stage that a lock's run *name* speaks of: that with the token which its
    external id *external* names, in the way of the queued request of which it names the promotion.
    """
    for request, group in _meant(name, external, snapshot):
        stuck = _around(snapshot, group).stuck(request)
        if stuck is not None and str(stuck.tokens.get(group)) == code_in(name, external):
            return stuck
    return None


def _meant(name: str, external: str, snapshot: Snapshot) -> Iterator[Spoken]:
    key = read_external_id(name, external)
    for request in snapshot.records.requests if key is not None else ():
        if request.repo_id == snapshot.repo.id and key is not None and request.promotion == key[0]:
            yield from ((request, group) for group in request.groups if lock_run(group) == name)


def _commits(request: LockRequest, promotions: Mapping[PromotionId, Promotion]) -> tuple[Sha, ...]:
    promotion = promotions.get(request.promotion)
    shas = [request.freight.sha]
    if promotion is not None and promotion.landed and not promotion.in_sync:
        shas.append(promotion.landed)
    return tuple(dict.fromkeys(shas))


def _front(spoken: Spoken) -> tuple[int, float]:
    """Suspect before held before queued, by place; of ended ones the last to end."""
    request, _ = spoken
    place = _FRONT.get(request.state, _LAST)
    ended = request.ended_at or request.requested_at
    return place, -ended.timestamp() if place == _LAST else request.seq


def _long_over(snapshot: Snapshot, request: LockRequest) -> bool:
    return request.ended_at is not None and request.ended_at < snapshot.now - KEPT


def _target(
    snapshot: Snapshot,
    sha: Sha,
    request: LockRequest,
    around: words.Around,
    site: Site,
) -> RunTarget:
    late, stuck = around.overdue(request), around.stuck(request)
    asks = late is not None or stuck is not None
    status, conclusion, weight = _STATES["suspect" if asks else request.state]
    group, name = around.group, lock_run(around.group)
    state = _state(request, around, late, stuck)
    event = event_id(snapshot.repo.id, name, sha, request.promotion, state)
    draft = RunDraft(
        name,
        sha,
        "",
        status,
        conclusion,
        words.title(request, around),
        words.summary(request, around, event, site),
        _buttons(request, late, stuck),
    )
    unmade = request.granted_at is None and request.state in ("cancelled", "superseded", "released")
    # Newer freight may take the place in the queue: what is asked of people is taken back then.
    return RunTarget(
        draft,
        state,
        weight,
        event,
        request.promotion,
        existing_only=unmade,
        offers=asks,
        code=str((stuck or request).tokens.get(group, "")),
    )


def _state(
    request: LockRequest,
    around: words.Around,
    late: DirectRequest | None,
    stuck: DirectRequest | ForeignRequest | None,
) -> str:
    """Changes exactly when what the run says is another state of the lock."""
    state = f"{request.id}:{request.state}:{request.tokens.get(around.group, '')}"
    state += f":overdue {late.id}" if late is not None else ""
    missing = around.outside(request)
    state += f":{missing.use}:{missing.state}" if missing is not None else ""
    state += ":blocked" * around.blocks(request) + _pressed(request)
    state += f":stuck {stuck.id}{_pressed(stuck)}" if stuck is not None else ""
    return state + "".join(f":{ask.request} {ask.doubt}" for ask in around.doubted(request))


def _buttons(
    request: LockRequest,
    late: DirectRequest | None,
    stuck: DirectRequest | ForeignRequest | None,
) -> tuple[Button, ...]:
    if late is not None:
        return RELEASE, KEEP
    suspect = stuck or (request if request.state == "suspect" else None)
    return tuple(_BUTTONS[verb] for verb in offered(suspect)) if suspect is not None else ()


def _pressed(request: AnyRequest) -> str:
    """Who pressed what on it: a run says so at once, and a kept grant is another state of it."""
    if isinstance(request, ForeignRequest):
        return ""
    kept_at = request.kept_at if isinstance(request, LockRequest) else None
    kept = f":kept {kept_at}" if kept_at is not None else ""
    if request.state != "suspect":
        return kept
    refused = f":{request.refused_by} {request.refused_verb}" if request.refused_by else ""
    return kept + refused + (f":probed {request.probed_at}" if request.probed_at else "")
