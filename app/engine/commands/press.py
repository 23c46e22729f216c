"""The buttons on the run of a lock: Release, Keep and Probe again."""

from __future__ import annotations

from datetime import datetime

from app.core.checkruns import overdue_for, stuck_for, suspect_of
from app.core.locks.pressing import NEEDS, pressed
from app.core.locks.protocol import Event, ending
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import Sha
from app.core.model.run_records import RunRecord
from app.core.text import replies
from app.core.text.lock_presses import may_not_elsewhere
from app.core.text.people_locks import may_not_press
from app.engine.commands.given import ROLES, Answer, Given
from app.engine.commands.lock import keep
from app.engine.commands.promises import taken_back
from app.engine.commands.role_over import role_over
from app.engine.commands.said import Said
from app.engine.queue.work_keys import repo_key


def press(given: Given, run: RunRecord) -> Said:
    """
    A person says what becomes of the suspect grant that *run* spoke of when it was clicked, and of
    no other of its group. What it spoke of then is what GitHub's delivery says: our record may be
    behind (an answer was lost), or ahead. Asked of GitHub now is whether they may.
    """
    command = given.command
    if command.parts:  # stored with its effect, and the process died before that was told
        return Said(command.parts, effective=True, on_run=True)
    key, verb = command.run_key or run.external_id, command.verb
    late = overdue_for(run.name, key, given.snapshot)
    if late is not None:
        return _of_person(given, run, late)
    known = suspect_of(run.name, key, given.snapshot) or stuck_for(run.name, key, given.snapshot)
    request = pressed(known, verb)
    if request is None:
        return Said((replies.nothing_to_press(run.name),))
    if isinstance(request, ForeignRequest):
        return _of_others(given, run, request)
    role, needs, locks = given.role(), NEEDS[verb], given.store.locks
    if ROLES.index(role) < ROLES.index(needs):
        locks.refuse(given.claim, request.id, command.user, role, verb)
        return Said((replies.may_not_press(verb, run.name, needs, role),), on_run=True)
    told = replies.pressed(verb, run.name)
    _carry_out(given, request, Answer(told, changed=True))
    return Said((told,), effective=True, on_run=True)


def _of_others(given: Given, run: RunRecord, request: ForeignRequest) -> Said:
    """What another repository has of the organisation's is freed by whoever may do so there."""
    role, by, now = role_over(given, request), given.command.user, given.snapshot.now
    if ROLES.index(role) < ROLES.index(NEEDS["release"]):
        return Said((may_not_elsewhere(run.name, role, request),))
    told = replies.pressed("release", run.name)
    noted = given.noted(Answer(told, changed=True))
    with taken_back(given, request, by):
        given.store.locks.force(given.claim, request.id, LockReason.BUTTON, now, by, noted)
    return Said((told,), effective=True, on_run=True)


def _carry_out(given: Given, request: LockRequest | DirectRequest, answer: Answer) -> None:
    """Each effect is stored together with the click: done once, whenever the process dies."""
    claim, by, now, locks = given.claim, given.command.user, given.snapshot.now, given.store.locks
    noted = given.noted(answer)
    match given.command.verb:
        case "release":
            forced = ending(request, Event.FORCED, LockReason.BUTTON)
            locks.end(claim, request.id, *forced, now, by=by, noted=noted)
        case "keep":
            until = _until(given, request) if isinstance(request, DirectRequest) else None
            locks.revive(claim, request.id, now, by=by, noted=noted, until=until)
        case _:
            # What is remembered of its commits is asked of GitHub anew, in the look after this one.
            if isinstance(request, LockRequest):
                given.store.checks.outdate(request.repo_id, _commits(given, request))
            locks.probe(claim, request.id, now, by, noted)
            given.store.work.touch(repo_key(request.repo_id))


def _until(given: Given, request: DirectRequest) -> datetime:
    """How long a grant of no stage is kept: as a stage's, for `max-hold` from now."""
    defined = given.pipeline.locks
    limits = [defined[group].max_hold for group in request.groups if group in defined]
    return given.snapshot.now + min(limits, default=request.ttl)


def _commits(given: Given, request: LockRequest) -> list[Sha]:
    """Where its job may run."""
    promotions = (
        promotion
        for promotion in given.snapshot.records.promotions
        if promotion.id == request.promotion
    )
    landed = (
        sha
        for promotion in promotions
        for sha in (promotion.landed, promotion.head)
        if sha is not None
    )
    return [request.freight.sha, *landed]


def _of_person(given: Given, run: RunRecord, late: DirectRequest) -> Said:
    """A person's lock past its time: its holder keeps it, they or a maintainer give it back."""
    command, mine = given.command, late.is_of(given.command.user_id)
    told = replies.pressed(command.verb, run.name)
    noted = given.noted(Answer(told, changed=True))
    done = Said((told,), effective=True, on_run=True)
    if command.verb == "keep" and mine:
        keep(given, late, noted)
        return done
    if command.verb == "release" and (mine or _maintains(given)):
        locks, now = given.store.direct_locks, given.snapshot.now
        locks.leave(given.claim, late.id, now, command.user, noted)
        return done
    return Said((may_not_press(command.verb, run.name, late),))


def _maintains(given: Given) -> bool:
    return ROLES.index(given.role()) >= ROLES.index("maintain")
