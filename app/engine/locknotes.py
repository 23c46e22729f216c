"""
The locks where the pre-receive hook sees them: `refs/stagelock/locks/<group>` of the repository.

The store is the truth; a ref is its projection, brought up to date before anything that depends on
it: a grant is published before the promotion is pushed and before `stagelock / plan` turns green.
"""

from __future__ import annotations

import logging
from datetime import datetime

from app.core.facts import Identity, RefUpdate
from app.core.locks import holders
from app.core.model import Pipeline
from app.core.names import GroupName, Repo, Sha
from app.core.pushrules import Holder, LockState
from app.core.pushrules.facts import LOCK_REFS
from app.core.pushrules.notes import lock_message, lock_state
from app.core.snapshot import Snapshot
from app.engine.lease import Lease
from app.engine.pushes import push
from app.errors import Conflict, Denied, Rejected, Transient
from app.observe import Metrics
from app.ports import GitRepo

log = logging.getLogger("stagelock.locks")


def publish(
    git: GitRepo,
    repo: Repo,
    snapshot: Snapshot,
    identity: Identity,
    lease: Lease,
    metrics: Metrics,
) -> None:
    """
    Bring the refs of the repository's lock groups up to date, in one atomic push; often a no-op.

    Each change is a commit on top, so that the ref is the lock's history; it is never deleted. A
    group that was never granted has none. Transient where somebody else moved a ref: look again.
    """
    pipeline = snapshot.config.pipeline or Pipeline({}, {})
    updates = [
        update
        for group in pipeline.locks
        if (update := _update(git, repo, group, snapshot, identity)) is not None
    ]
    if not updates:
        return
    lease.check()
    try:
        push(git, metrics, "locks", updates)
    except Conflict as error:
        git.fetch()
        raise Transient(f"{error.message}: look again") from error
    except (Denied, Rejected) as error:
        # The hook then refuses what it cannot match to a grant; everything else goes on.
        log.warning(
            "locks are not published: %s", error.message, extra={"action": "locks.unpublished"}
        )


def _update(
    git: GitRepo, repo: Repo, group: GroupName, snapshot: Snapshot, identity: Identity
) -> RefUpdate | None:
    ref = LOCK_REFS.decode() + group
    found = git.note(ref)
    tip, before = (found[0], lock_state(found[1].encode())) if found else (None, None)
    state = _state(repo, group, snapshot, before)
    if state == before or (before is None and not state.holders):
        return None
    commit = _commit(git, group, state, snapshot, tip, identity)
    return RefUpdate(ref, commit, tip)


def _state(repo: Repo, group: GroupName, snapshot: Snapshot, before: LockState | None) -> LockState:
    found = [r for r in holders(snapshot.records.requests, group) if r.repo_id == repo.id]
    held = tuple(Holder(r.promotion, r.stage, r.tokens.get(group, 0)) for r in found)
    newest = [h.token for h in held] + ([before.token] if before else [0])
    return LockState(max(newest), held)


def _commit(
    git: GitRepo,
    group: GroupName,
    state: LockState,
    snapshot: Snapshot,
    tip: Sha | None,
    identity: Identity,
) -> Sha:
    # The commit before and the instant tell it apart from every other: that is the nonce.
    nonce = f"{(tip or '')[:12]}-{snapshot.now.isoformat()}"
    text = lock_message(group, state, _until(group, snapshot), nonce)
    return git.commit(git.empty_tree(), (tip,) if tip else (), text, identity, snapshot.now)


def _until(group: GroupName, snapshot: Snapshot) -> str:
    """When the oldest grant turns suspect; for people, nothing ends by it."""
    pipeline = snapshot.config.pipeline
    since: list[datetime] = [
        r.granted_at for r in holders(snapshot.records.requests, group) if r.granted_at
    ]
    if not since or pipeline is None:
        return ""
    return (min(since) + pipeline.locks[group].max_hold).strftime("%Y-%m-%dT%H:%M:%SZ")
