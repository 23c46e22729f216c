"""`/lock` and `/unlock`: a person's own place, and what a maintainer takes away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice

from app.core.commands import Command
from app.core.locks.direct import PERSON_TTL, asked_again
from app.core.locks.protocol import Event, after
from app.core.locks.queue import Board
from app.core.locks.quota import OverQuota
from app.core.model.comments import CommandRecord, FollowedLock, Notice
from app.core.model.group_names import organization, spoken
from app.core.model.lock_requests import HOLDING, LIVE, AnyRequest, DirectRequest, LockRequest
from app.core.model.names import GroupName
from app.core.model.people import Person
from app.core.state.ledger import Ledger
from app.core.text import forced_locks, lock_alerts
from app.core.text import people_locks as words
from app.core.text.foreign_holders import as_told
from app.engine.commands.given import ROLES, Answer, Given
from app.engine.commands.promises import taken_back
from app.engine.commands.role_over import role_over
from app.engine.survey.people import called_now
from app.engine.survey.whose import called_of, head_of

CALLED = 5
"""So many of those who approved are called at most."""


def lock(given: Given, command: Command, index: int) -> Answer:
    """Queue for the group, or prolong what its author has of it."""
    snapshot, group = given.snapshot, _named(given, command)
    if group not in given.pipeline.locks:
        return Answer(words.unknown(command, _groups(given)))
    if not given.person.id:
        return Answer(words.again(command))
    wanted = _wanted(given, command, group)
    mine = _mine(given, group)
    if mine is not None and mine.state in HOLDING:
        answer = Answer(words.prolonged(asked_again(mine, wanted, snapshot.now)), changed=True)
    else:
        holders = _holders(given, group)
        followed = FollowedLock(index, group, snapshot.now)
        answer = Answer(words.queued(wanted, holders), followed)
    asked = given.store.direct_locks.ask(
        wanted, given.quota, claim=given.claim, noted=given.noted(answer)
    )
    if isinstance(asked, OverQuota):
        return Answer(words.over_quota(group, asked))
    return answer


def unlock(given: Given, command: Command, _index: int) -> Answer:
    """Give back what its author has, or waits for; a maintainer also what others have."""
    group = _to_free(given, command)
    holders = _holders(given, group)
    mine = _mine(given, group)
    if not command.force and mine is not None and _is_meant(command, mine, group):
        return _leave(given, mine)
    if not holders:
        known = group in given.pipeline.locks
        return Answer(words.nobody(group) if known else words.unknown(command, _groups(given)))
    meant = [request for request in holders if _is_meant(command, request, group)]
    if len(meant) != 1:
        return Answer(words.which(command, group, holders))
    role = given.role() if organization(group) is None else role_over(given, meant[0])
    if command.force and ROLES.index(role) >= ROLES.index("maintain"):
        return _force(given, command, meant[0], group)
    if ROLES.index(role) < ROLES.index("maintain"):
        return Answer(words.may_not(command, role, meant[0], group))
    if meant[0].holder_kind == "person":
        return _leave(given, meant[0])
    return Answer(words.runs(command, group, meant))


def shared(given: Given, command: Command) -> bool:
    """Tell whether *command* takes a group of the organisation away: who may is asked elsewhere."""
    return command.force and organization(_to_free(given, command)) is not None


def _force(given: Given, command: Command, request: AnyRequest, group: GroupName) -> Answer:
    """A stage's grant in a review ends once its pull request is not green any more."""
    reason, called = command.reason, _called(given, request)
    then, call = _next(given, request, group), forced_locks.no_longer(request, called, given.site)
    answer = Answer(forced_locks.forced(request, group, reason, then, call), changed=True)
    by, now, noted = given.command.user, given.snapshot.now, given.noted(answer)
    text = forced_locks.taken_away(request, group, reason, called, by)
    notice = _told(given, request, text) if given.command.kind == "api" else None
    with taken_back(given, request, by):
        given.store.locks.force(given.claim, request.id, reason, now, by, noted, notice)
    return answer


def _called(given: Given, request: AnyRequest) -> tuple[str, ...]:
    """The logins by which those are called whose lock it was; of a stage who approved, too."""
    forge, repo, told = given.forge, given.snapshot.repo, as_told(request)
    logins = [called_of(forge, repo, request)]
    if isinstance(told, LockRequest):
        place = (told.stage, told.freight)
        gave = (
            approval
            for approval in given.snapshot.records.approvals
            if (approval.stage, approval.freight) == place
        )
        logins += (
            called_now(forge, repo, Person(approval.user_id, approval.login))
            for approval in islice(gave, CALLED)
        )
    return tuple(dict.fromkeys(login for login in logins if login))


def _told(given: Given, request: AnyRequest, text: str) -> Notice | None:
    """
    The comment *text* where its holder is at work: a CI job on its pull request, or on the commit
    of its run. None: that is not known, or elsewhere.
    """
    told = partial(
        lock_alerts.notice, key=f"forced-{request.id}", text=text, now=given.snapshot.now
    )
    match as_told(request):
        case LockRequest() as stage:
            rows = given.snapshot.records.promotions
            pull = next(
                (promotion.pull for promotion in rows if promotion.id == stage.promotion), None
            )
            return told(stage, pull=pull, sha=stage.freight.sha)
        case DirectRequest(kind="person") as person if person.pull or person.commit:
            return told(person, pull=person.pull, sha=person.commit)
        case DirectRequest(of_run=run) as job if run:
            sha = None if job.pull else head_of(given.forge, given.snapshot.repo, run)
            return told(job, pull=job.pull, sha=sha) if job.pull or sha else None
        case _:
            return None


def _leave(given: Given, request: AnyRequest) -> Answer:
    then = _next(given, request, request.groups[0])
    shared = any(part.request == request.id for part in given.snapshot.records.parts)
    answer = Answer(words.left(request, then, shared=shared), changed=True)
    by, noted = given.command.user, given.noted(answer)
    given.store.direct_locks.leave(given.claim, request.id, given.snapshot.now, by, noted)
    return answer


def _next(given: Given, over: AnyRequest, group: GroupName) -> str:
    """Who is next in *group* once the request *over* has ended."""
    live = (r for r in given.snapshot.records.all_requests if r.state in LIVE)
    board = Board(other for other in live if other.id != over.id)
    first = next(iter(board.queue(group, 1)), None)
    defined = given.pipeline.locks
    outside = group in defined and defined[group].service is not None
    permits = {name: defined[name].permits for name in defined}
    granted = first is not None and board.grantable(first, permits) and not outside
    return words.comes_next(first, given.site, granted=granted)


def _wanted(given: Given, command: Command, group: GroupName) -> DirectRequest:
    repo, record = given.snapshot.repo, given.command
    return DirectRequest(
        id=0,
        repo_id=repo.id,
        repo_name=repo.full_name,
        kind="person",
        asker=record.user,
        asker_id=record.user_id,
        groups=(group,),
        seq=0,
        state=after(None, Event.ASKED),
        requested_at=given.snapshot.now,
        ttl=command.length or PERSON_TTL,
        purpose=command.reason,
        pull=record.pull,
        commit=record.sha,
    )


def _mine(given: Given, group: GroupName) -> DirectRequest | None:
    """What the author has of *group*, or waits for."""
    live = Ledger(given.snapshot, given.pipeline).direct
    mine = (
        request for request in live if request.is_of(given.person.id) and group in request.groups
    )
    return next((request for request in mine if request.repo_id == given.snapshot.repo.id), None)


def _holders(given: Given, group: GroupName) -> tuple[AnyRequest, ...]:
    return Ledger(given.snapshot, given.pipeline).board.holders(group)


def _named(given: Given, command: Command) -> GroupName:
    """The group that *command* means here, by the name that people write."""
    names = {spoken(group): group for group in given.pipeline.locks}
    return names.get(command.group, GroupName(command.group))


def _to_free(given: Given, command: Command) -> GroupName:
    """
    The group that an `/unlock` means: the one of that name in force, or one that is held since
    before an edit of the scope, which ends no grant: rather what its author has, then what somebody
    has.
    """
    named = _named(given, command)
    records = given.snapshot.records
    held = (group for request in records.all_requests for group in request.groups)
    groups = tuple(dict.fromkeys((named, *(g for g in held if spoken(g) == command.group))))
    mine = [group for group in groups if _mine(given, group) is not None]
    if mine and not command.force:
        return mine[0]
    meant = (
        group
        for group in groups
        if any(_is_meant(command, request, group) for request in _holders(given, group))
    )
    return next(meant, named)


def _groups(given: Given) -> tuple[str, ...]:
    return tuple(map(spoken, given.pipeline.locks))


def _is_meant(command: Command, request: AnyRequest, group: GroupName) -> bool:
    return command.token is None or request.tokens.get(group) == command.token


def keep(given: Given, request: DirectRequest, noted: CommandRecord) -> None:
    """The button Keep: one hour more from now."""
    wanted = replace(request, requested_at=given.snapshot.now, ttl=PERSON_TTL)
    given.store.direct_locks.ask(wanted, given.quota, claim=given.claim, noted=noted)
