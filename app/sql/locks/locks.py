"""The truth about lock groups: each call is one transaction, decided by `core/locks/queue.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.locks import direct
from app.core.locks.configuration_edits import grows, joins
from app.core.locks.direct import granted
from app.core.locks.left_alone import timed
from app.core.locks.parts import alive
from app.core.locks.pressing import doubted, kept, seen
from app.core.locks.protocol import ENDS, Event, expect, late, moved
from app.core.locks.queue import granted_permits, obstacles
from app.core.model.comments import CommandRecord, Notice
from app.core.model.lock_requests import (
    DirectRequest,
    LockRequest,
    OwnRequest,
)
from app.core.model.names import FreightId, GroupName, PromotionId, StageName
from app.errors import Conflict
from app.ports.store import Claim
from app.sql.locks.of_stages import new_request, standing
from app.sql.locks.parts import open_parts
from app.sql.locks.passing import Passing
from app.sql.locks.refusals import told
from app.sql.locks.requests import IS_LIVE, left_alone, requests_where
from app.sql.locks.transaction import Turn
from app.sql.locks.turns import turn_on_groups, turn_on_request
from app.sql.queue.dirty import repo_of
from app.sql.schema.lock_tables import lock_requests


class SqlLocks(Passing):
    """Implements `Locks`."""

    def request(
        self,
        claim: Claim,
        *,
        repo_id: int,
        repo_name: str,
        stage: StageName,
        promotion: PromotionId,
        freight: FreightId,
        groups: Sequence[GroupName],
        at: datetime,
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        wanted = new_request(repo_id, repo_name, stage, promotion, freight, groups, at, weights)
        known = self._live_of(repo_id, stage)
        names = {*wanted.groups, *(name for request in known for name in request.groups)}
        with turn_on_groups(self._db, claim, repo_id, names, "ask for a lock") as turn:
            current = standing(turn, wanted)
            if current is None:
                return turn.add(wanted)
            return _follow(turn, current, wanted)

    def grant(
        self,
        claim: Claim,
        request_id: int,
        permits: Mapping[GroupName, int],
        at: datetime,
        names: Mapping[GroupName, Sequence[str]] | None = None,
    ) -> OwnRequest:
        with turn_on_request(self._db, claim, request_id, "grant a lock") as (turn, request):
            if late(request.state, Event.GRANTED):
                return request
            expect(request, Event.GRANTED)
            around = turn.queues.around(request)
            in_the_way = obstacles(request, around, permits)
            if in_the_way:
                raise Conflict("; ".join(told(obstacle) for obstacle in in_the_way))
            counts, given = granted_permits(request, around, permits, names or {})
            if isinstance(request, DirectRequest):
                taken = turn.take_permits(request, counts, given)
                return turn.save(granted(turn.take_tokens(taken), at))
            taking = turn.take_tokens(turn.take_permits(request, counts, given))
            return turn.save(moved(taking, Event.GRANTED, at))

    def occupy(
        self,
        claim: Claim,
        *,
        repo_id: int,
        repo_name: str,
        stage: StageName,
        promotion: PromotionId,
        freight: FreightId,
        groups: Sequence[GroupName],
        at: datetime,
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        wanted = new_request(repo_id, repo_name, stage, promotion, freight, groups, at, weights)
        known = self._live_of(repo_id, stage)
        names = {*wanted.groups, *(name for request in known for name in request.groups)}
        with turn_on_groups(self._db, claim, repo_id, names, "take a lock") as turn:
            current = standing(turn, wanted)
            if current is not None and current.promotion != promotion:
                current = None  # the stage's other request counts, or waits, beside it
            if current is not None and late(current.state, Event.RAN):
                return current
            if current is None:
                current = turn.add(wanted)
            elif (current.groups, current.weights) != (wanted.groups, wanted.weights):
                current = turn.regroup(current, wanted.groups, wanted.weights)
            running = moved(turn.take_tokens(current), Event.RAN, at)
            return turn.save(replace(running, out_of_turn=True))

    def spread(
        self,
        claim: Claim,
        request_id: int,
        groups: Sequence[GroupName],
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        doing = "take further locks"
        with turn_on_request(self._db, claim, request_id, doing, groups) as (turn, stored):
            request = _of_stage(stored)
            expect(request, Event.SPREAD)
            more = tuple(name for name in dict.fromkeys(groups) if name not in request.groups)
            return turn.widen(request, more, weights or {}) if more else request

    def requeue(self, claim: Claim, request_id: int, reason: str, at: datetime) -> LockRequest:
        with turn_on_request(self._db, claim, request_id, "queue again") as (turn, stored):
            request = _of_stage(stored)
            if late(request.state, Event.REQUEUED):
                return request
            again = moved(request, Event.REQUEUED, at, reason)
            unnamed = turn.take_permits(again, request.weights, {})
            asking = replace(turn.drop_tokens(unnamed), requested_at=at, out_of_turn=False)
            return turn.save(asking, last=True)

    def suspect(
        self,
        claim: Claim,
        request_id: int,
        reason: str,
        at: datetime,
        notice: Notice | None = None,
    ) -> None:
        with turn_on_request(self._db, claim, request_id, "suspect a grant") as (turn, stored):
            if isinstance(stored, DirectRequest):
                lost = direct.lost(stored, reason, at)
                if stored.state == "held" or stored.reason != reason:
                    turn.save(lost)
                if stored.state == "held":
                    turn.keep_notice(repo_of(claim.key), notice, at)
            elif not late(stored.state, Event.DOUBTED):
                turn.save(doubted(stored, reason, at))
                turn.keep_notice(repo_of(claim.key), notice, at)

    def refuse(self, claim: Claim, request_id: int, by: str, role: str, verb: str) -> None:
        with turn_on_request(self._db, claim, request_id, "refuse a button") as (turn, request):
            if request.state == "suspect":
                turn.put(replace(request, refused_by=by, refused_role=role, refused_verb=verb))

    def revive(
        self,
        claim: Claim,
        request_id: int,
        at: datetime,
        by: str = "",
        noted: CommandRecord | None = None,
        until: datetime | None = None,
    ) -> None:
        with turn_on_request(self._db, claim, request_id, "keep a grant") as (turn, stored):
            turn.keep_said(repo_of(claim.key), noted)
            if isinstance(stored, DirectRequest) and until is not None:
                turn.save(direct.kept(stored, until, at))
                return
            request = _of_stage(stored)
            if noted is None and not late(request.state, Event.SEEN):
                turn.save(seen(request, at))
            elif noted is not None and not late(request.state, Event.KEPT):
                turn.save(kept(request, at, by))

    def probe(
        self, claim: Claim, request_id: int, at: datetime, by: str, noted: CommandRecord
    ) -> None:
        with turn_on_request(self._db, claim, request_id, "probe a grant") as (turn, request):
            turn.keep_said(repo_of(claim.key), noted)
            if request.state == "suspect":
                turn.put(replace(request, probed_at=at, probed_by=by))

    def force(
        self,
        claim: Claim,
        request_id: int,
        reason: str,
        at: datetime,
        by: str,
        noted: CommandRecord,
        notice: Notice | None = None,
    ) -> None:
        with turn_on_request(self._db, claim, request_id, "force a lock") as (turn, request):
            turn.keep_said(repo_of(claim.key), noted)
            if late(request.state, Event.FORCED):
                return
            turn.keep_notice(repo_of(claim.key), notice, at)
            # A stage's grant ends by its plan, which is not made where nobody looks, or looks fail.
            if isinstance(request, DirectRequest) or left_alone(turn.connection, [request.repo_id]):
                turn.raise_tokens(request.groups)
                turn.end(request, Event.FORCED, at, reason, by)
                return
            turn.save(moved(request, Event.TAKEN_AWAY, at, reason, by))

    def lapse_left_alone(
        self, claim: Claim, request_id: int, longest: timedelta, at: datetime
    ) -> None:
        with turn_on_request(self._db, claim, request_id, "end a lock's time") as (turn, request):
            after = timed(request, longest, at)
            if after is not request and left_alone(turn.connection, [request.repo_id]):
                turn.put(after)

    def left_alone(self, repo_id: int) -> bool:
        with self._db.read("read whose looks fail") as connection:
            return bool(left_alone(connection, [repo_id]))

    def end(
        self,
        claim: Claim,
        request_id: int,
        state: str,
        reason: str,
        at: datetime,
        by: str = "",
        noted: CommandRecord | None = None,
    ) -> None:
        if state not in ENDS:
            raise ValueError(f"a lock request cannot end as {state!r}")
        with turn_on_request(self._db, claim, request_id, "end a lock request") as (turn, request):
            turn.keep_said(repo_of(claim.key), noted)
            if late(request.state, ENDS[state]):
                return
            if not by and alive(open_parts(turn.connection, request.id), at):
                return  # somebody has joined meanwhile, and the repository is looked at again
            if ENDS[state] == Event.FORCED:
                turn.raise_tokens(request.groups)
            turn.end(request, ENDS[state], at, reason, by)

    def _live_of(self, repo_id: int, stage: StageName) -> tuple[LockRequest, ...]:
        table = lock_requests.c
        with self._db.read("read lock requests") as connection:
            condition = (table.repo_id == repo_id) & (table.stage == stage) & IS_LIVE
            requests = requests_where(connection, condition)
        return tuple(request for request in requests if isinstance(request, LockRequest))


def _follow(turn: Turn, current: LockRequest, wanted: LockRequest) -> LockRequest:
    """
    Let *wanted* stand in the place of the stage's live request, if that is still queued.

    With a group that was not asked for before, or with a greater weight, the place is at the end:
    those who wait there asked earlier.
    """
    if late(current.state, Event.ASKED):
        return current
    same = (current.groups, current.weights) == (wanted.groups, wanted.weights)
    if same and current.promotion == wanted.promotion:
        return current
    more = grows(current.weights, wanted.weights)
    last = more or joins(current.groups, wanted.groups)
    if not same:
        current = turn.regroup(current, wanted.groups, wanted.weights)
    taken = replace(
        current,
        repo_name=wanted.repo_name,
        promotion=wanted.promotion,
        freight=wanted.freight,
        requested_at=wanted.requested_at if last else current.requested_at,
    )
    return turn.save(taken, last=last)


def _of_stage(request: OwnRequest) -> LockRequest:
    if isinstance(request, DirectRequest):
        raise Conflict(f"the lock request {request.id} is no stage's")
    return request
