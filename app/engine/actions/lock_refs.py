"""
The locks where the pre-receive hook sees them: `refs/stagelock/locks/<group>` of the repository.

The store is the truth; a ref is its projection, brought up to date before anything that depends on
it: a grant is published with the promotion that it was made for, in one atomic push, or before
`stagelock / plan` turns green.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.locks.queue import Board
from app.core.model.facts import Identity, RefUpdate
from app.core.model.group_names import spoken
from app.core.model.group_records import GroupRecord
from app.core.model.lock_requests import HOLDING, LockRequest
from app.core.model.names import GroupName, Repo, Sha
from app.core.model.pipeline import Pipeline
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.planning.actions import Action, PushAgain, Write
from app.core.protection import Holder, LockState
from app.core.protection.commit_notes import lock_message, lock_state
from app.core.protection.push_facts import LOCK_REFS
from app.engine.actions.push import push
from app.engine.queue.lease import Lease
from app.errors import Conflict, Denied, Rejected, Transient
from app.observe import Metrics
from app.ports import GitRepo

log = logging.getLogger("stagelock.locks")

Refused = dict[tuple[int, GroupName], LockState]
"""What servers did not take, by repository and group: the same is not tried again."""


@dataclass(frozen=True, slots=True)
class RefMove:
    """A lock's ref is to say *state*."""

    group: GroupName
    state: LockState
    update: RefUpdate


@dataclass(frozen=True, slots=True)
class LockNotes:
    """
    The lock refs of one repository in one tick.

    Each change is a commit on top, so that a ref is its lock's history; it is never deleted. A
    group that was never granted has none. Servers that take no such refs stop nothing: their hook,
    if there is one, refuses what it cannot match to a grant.
    """

    git: GitRepo
    repo: Repo
    identity: Identity
    lease: Lease
    metrics: Metrics
    refused: Refused

    def publish(self, snapshot: Snapshot, *, leave: Collection[GroupName] = ()) -> None:
        """
        Bring all refs up to date in a push of their own, but those of *leave*; often a no-op.

        Raises what `GitRepo.push` raises, but for what a server does not take.
        """
        pipeline = snapshot.config.pipeline or Pipeline({}, {})
        groups = [g for g in pipeline.locks if g not in leave]
        moves = self._moves(snapshot, groups)
        if not moves:
            return
        self.lease.check()
        try:
            self._push(moves)
        except Transient as error:
            if not isinstance(error.__cause__, Conflict):
                raise
            self._push(self._moves(snapshot, groups))  # on top of what somebody else put there

    def push(self, snapshot: Snapshot, promotions: Sequence[Promotion], update: RefUpdate) -> None:
        """
        Move a branch, and the locks that *promotions* hold, all or nothing; a refused lock does not
        keep the branch. Raises what `GitRepo.push` raises.
        """
        moves = self._moves(snapshot, granted_to(promotions, snapshot))
        if moves:
            try:
                together = (update, *(move.update for move in moves))
                push(self.git, self.metrics, "promotion", together)
            except (Denied, Rejected):
                self._push(moves)  # one after the other tells which of them is refused
            else:
                return
        push(self.git, self.metrics, "promotion", (update,))

    def _push(self, moves: Sequence[RefMove]) -> None:
        try:
            push(self.git, self.metrics, "locks", [move.update for move in moves])
        except Conflict as error:
            self.git.fetch()
            raise Transient(f"{error.message}: look again") from error
        except (Denied, Rejected) as error:
            if len(moves) > 1:
                for move in moves:
                    self._push((move,))
                return
            self.refused[self.repo.id, moves[0].group] = moves[0].state
            extra = {"action": "locks.unpublished"}
            log.warning("a lock is not published: %s", error.message, extra=extra)

    def _moves(self, snapshot: Snapshot, groups: Iterable[GroupName]) -> tuple[RefMove, ...]:
        moves = (self._move(group, snapshot) for group in groups)
        return tuple(move for move in moves if move is not None)

    def _move(self, group: GroupName, snapshot: Snapshot) -> RefMove | None:
        ref = LOCK_REFS.decode() + spoken(group)
        try:
            note = self.git.note(ref)
        except Rejected as error:  # somebody put something else there: only this lock is not told
            log.warning("%s", error.message, extra={"action": "locks.unpublished"})
            return None
        tip, before = (note[0], lock_state(note[1].encode())) if note else (None, None)
        state = _state(self.repo, group, snapshot, before)
        if state == before or (before is None and not state.holders):
            return None
        if self.refused.get((self.repo.id, group)) == state:
            return None
        return RefMove(group, state, RefUpdate(ref, self._commit(group, state, snapshot, tip), tip))

    def _commit(
        self, group: GroupName, state: LockState, snapshot: Snapshot, tip: Sha | None
    ) -> Sha:
        # The commit before and the instant tell it apart from every other: that is the nonce.
        nonce = f"{(tip or '')[:12]}-{snapshot.now.isoformat()}"
        text = lock_message(spoken(group), state, _until(group, snapshot), nonce)
        git, parents = self.git, (tip,) if tip else ()
        return git.commit(git.empty_tree(), parents, text, self.identity, snapshot.now)


def written_with(actions: Iterable[Action], snapshot: Snapshot) -> frozenset[GroupName]:
    """The groups whose grants are published by the pushes among *actions*."""
    pushed = (a.promotions for a in actions if isinstance(a, Write | PushAgain))
    return granted_to([promotion for some in pushed for promotion in some], snapshot)


def granted_to(promotions: Iterable[Promotion], snapshot: Snapshot) -> frozenset[GroupName]:
    """The groups that *promotions* hold."""
    ids = {promotion.id for promotion in promotions}
    held = (r for r in snapshot.records.requests if r.state in HOLDING and r.promotion in ids)
    return frozenset(group for request in held for group in request.groups)


def _state(repo: Repo, group: GroupName, snapshot: Snapshot, before: LockState | None) -> LockState:
    requests = Board(snapshot.records.all_requests).holders(group)
    held = tuple(
        Holder(r.promotion, r.stage, r.tokens.get(group, 0))
        for r in requests
        if isinstance(r, LockRequest) and r.repo_id == repo.id
    )
    # Of a forced grant only the counter tells that its token is outdated.
    newest = [r.tokens.get(group, 0) for r in requests] + [before.token if before else 0]
    known = snapshot.records.groups.get(group, GroupRecord())
    return LockState(max(*newest, known.token), held)


def _until(group: GroupName, snapshot: Snapshot) -> str:
    """When the oldest grant turns suspect; for people, nothing ends by it."""
    pipeline = snapshot.config.pipeline
    since: list[datetime] = [
        r.granted_at for r in Board(snapshot.records.requests).holders(group) if r.granted_at
    ]
    if not since or pipeline is None:
        return ""
    return (min(since) + pipeline.locks[group].max_hold).strftime("%Y-%m-%dT%H:%M:%SZ")
