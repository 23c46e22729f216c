"""What `app/engine/actions/dispatch` does, on the little world: each action, done at once and surely."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.locks.configuration_edits import grows, joins
from app.core.locks.direct import granted, lapsed
from app.core.locks.queue import granted_permits, obstacles
from app.core.model.facts import PullFact
from app.core.model.lock_requests import HOLDING, LIVE, AnyRequest, DirectRequest, LockRequest
from app.core.model.names import Sha
from app.core.model.records import Intent
from app.core.model.renders import Rendered
from app.core.model.verdicts import Reason
from app.core.planning import actions as asked
from app.core.planning.own_heads import heads_of
from app.core.planning.pull_actions import ClosePull, DeleteBranch, MergePull, OpenPull, WriteHead
from app.core.planning.stage_plan import ended, landed
from app.core.state.drift import fates, standing
from app.core.state.ledger import Ledger
from app.engine.actions.context import put_off
from app.errors import Transient
from tests.core import world_looks
from tests.core.world_git import merged


class Moved(Exception):
    """A compare-and-swap found another tip: look again."""


def carry_out(world, snapshot, found) -> None:
    """Do every action of a plan in order; stop where the world moved."""
    ledger = Ledger(snapshot, snapshot.config.pipeline)
    for action in found.actions:
        world.done.append(action)
        try:
            _do(world, snapshot, ledger, action)
        except Moved:
            return


def _do(world, snapshot, ledger, action) -> None:
    match action:
        case asked.Mint(freight):
            if freight.id not in {f.id for f in world.freights}:
                world.freights.append(freight)
        case asked.Record(promotions, spend):
            save(world, *promotions)
            _spend(world, spend)
        case asked.SpendOrders(ids):
            _spend(world, ids)
        case asked.UseConfig(commit):
            world.in_force = commit
        case asked.CreateBranch(branch, promotion):
            _create(world, branch, promotion)
        case asked.Write(branch, expected):
            _write(world, snapshot, ledger, branch, expected, action.promotions)
        case asked.PushAgain():
            begun = [(row, row.intent) for row in action.promotions if row.intent is not None]
            _, last = begun[-1]
            _push(world, last.branch, last.expected, last.commit)
            save(world, *(landed(ledger, row, intent.commit) for row, intent in begun))
        case asked.Rerun(promotion, _) | WriteHead(promotion) | OpenPull(promotion):
            _outside(world, snapshot, ledger, action, promotion)
        case MergePull():
            _merge(world, action)
        case ClosePull(number):
            world.pulls[number] = replace(world.pulls[number], state="closed")
        case DeleteBranch(branch, expected):
            if world.git.heads.get(branch) == expected:
                del world.git.heads[branch]
                _close_headless(world, branch)
        case asked.CancelChecks():
            pass
        case asked.TakeOver():
            _take_over(world, action)
        case _:
            _lock(world, action)


def save(world, *rows) -> None:
    for row in rows:
        world.rows[row.id] = row


def _spend(world, ids) -> None:
    world.orders = [
        replace(o, done_at=world.now) if o.id in ids and o.done_at is None else o
        for o in world.orders
    ]


def _push(world, branch, expected, commit) -> None:
    if world.git.heads.get(branch) != expected:
        raise Moved
    world.git.heads[branch] = commit


def _create(world, branch, promotion) -> None:
    if branch in world.refuses:
        words = world.refuses[branch]
        save(world, ended(promotion, world.now, "failed", Reason.BRANCH_MISSING, words))
        return
    _push(world, branch, None, world.git.commit({}, (), f"Create {branch}"))


def _write(world, snapshot, ledger, branch, expected, promotions) -> None:
    rows, tip = [], expected
    for promotion in promotions:
        found, files = world_looks.outcome(world, snapshot, ledger, promotion, tip)
        if not isinstance(found, Rendered) or found.in_sync:
            continue
        commit = world.git.commit(files, (tip,) if tip else (), "Promote", promotion.id)
        intent = Intent(branch, expected, commit, world.now, made_at=world.now)
        rows.append(
            replace(
                promotion,
                state="writing",
                intent=intent,
                pure=found.pure,
                written=found.content,
                edits=_fates(ledger, promotion, found),
                updated_at=world.now,
            )
        )
        tip = commit
    if branch in world.refuses:
        words = world.refuses[branch]
        save(
            world, *(ended(r, world.now, "failed", Reason.RULE_REFUSED, words) for r in promotions)
        )
        return
    save(world, *rows)
    _push(world, branch, expected, tip)
    save(world, *(landed(ledger, row, row.intent.commit) for row in rows))


def _fates(ledger, row, found):
    return fates(standing(ledger, ledger.views[row.stage]), found)


def _outside(world, snapshot, ledger, action, promotion) -> None:
    match action:
        case asked.Rerun(_, checks):
            for check in checks:
                place = next(s for s, runs in world.runs.items() if check in runs)
                world.check(place, check.name, None, app=check.app, suite=check.suite_id)
            save(world, promotion)
        case WriteHead(_, _, base_tip, expected):
            found, files = world_looks.outcome(world, snapshot, ledger, promotion, base_tip)
            commit = world.git.commit(files, (base_tip,), "Promote", promotion.id)
            _push_head(world, promotion, expected, commit)
            save(
                world,
                replace(
                    promotion,
                    head=commit,
                    intent=None,
                    pushed=tuple(dict.fromkeys((*heads_of(promotion), commit))),
                    pure=found.pure,
                    written=found.content,
                    edits=_fates(ledger, promotion, found),
                    updated_at=world.now,
                ),
            )
        case OpenPull(_, _, int() as number):
            save(world, replace(promotion, pull=number, updated_at=world.now))
        case OpenPull(_, base):
            number = len(world.pulls) + 1
            branch = f"stagelock/{promotion.stage}"
            world.pulls[number] = PullFact(
                number, "open", False, branch, world.git.heads[branch], 1, base, "stagelock", ""
            )
            save(world, replace(promotion, pull=number, updated_at=world.now))
        case _:
            raise AssertionError(f"nobody carries this out here: {action}")


def _push_head(world, promotion, expected, commit) -> None:
    branch = f"stagelock/{promotion.stage}"
    if world.git.heads.get(branch) != expected:
        raise Moved
    world.git.heads[branch] = commit
    for number, pull in world.pulls.items():
        if pull.head_ref == branch and pull.state == "open":
            world.pulls[number] = replace(pull, head_sha=commit)


def _close_headless(world, branch) -> None:
    for number, pull in world.pulls.items():
        if pull.head_ref == branch and pull.state == "open":
            world.pulls[number] = replace(pull, state="closed", actor="github")


def _merge(world, action) -> None:
    promotion, number = action.promotion, action.number
    if world.fails_merge:
        error = Transient(world.fails_merge, maybe_done=True)
        save(world, put_off(promotion, error, world.now, tried=True))
        return
    if world.refuses_merge:
        pause = world.now + timedelta(minutes=1)
        save(
            world,
            replace(
                promotion,
                reason=Reason.MERGE_REFUSED,
                detail=world.refuses_merge,
                retry_at=pause,
                refused=action.if_refused,
                errors_since=None,
            ),
        )
        return
    assert world.pulls[number].head_sha == action.head
    merge_pull(world, number, "merge", "stagelock")


def merge_pull(world, number, method, by) -> Sha:
    """GitHub merges: a merge commit, or one new commit on the base."""
    pull = world.pulls[number]
    base = world.git.heads[pull.base_ref]
    files = merged(world.git, base, pull.head_sha)
    parents = (base, pull.head_sha) if method == "merge" else (base,)
    promotion = world.git.nodes[pull.head_sha].promotion
    sha: Sha = world.git.commit(files, parents, f"{method} #{number}", promotion)
    world.git.heads[pull.base_ref] = sha
    world.pulls[number] = replace(
        pull, state="closed", merged=True, merge_sha=sha, actor=by, closed_at=world.now
    )
    return sha


def _requeue(world, number: int, reason: str) -> None:
    again = replace(
        world.requests[number],
        state="queued",
        granted_at=None,
        tokens={},
        seq=_next(world),
        reason=reason,
    )
    world.requests[number] = again


def _lock(world, action) -> None:
    match action:
        case asked.RequestLock(promotion, groups, weights):
            _request(world, promotion, groups, weights)
        case asked.Occupy(promotion, groups, weights):
            request = _request(world, promotion, groups, weights, occupy=True)
            _hold(world, replace(request, out_of_turn=True))
        case asked.Spread(number, groups):
            _spread(world, world.requests[number], groups)
        case asked.Grant(number, permits, names):
            request = world.requests[number]
            if obstacles(request, _live(world), permits):
                raise Moved
            counts, given = granted_permits(request, _live(world), permits, names)
            _hold(world, replace(request, weights=_heavy(counts), permits=given))
        case asked.Requeue(number, reason):
            _requeue(world, number, reason)
        case asked.Suspect(number, reason):
            world.requests[number] = replace(
                world.requests[number], state="suspect", suspect_at=world.now, reason=reason
            )
        case asked.Revive(number):
            request = world.requests[number]
            world.requests[number] = replace(request, state="held", suspect_at=None, reason="")
        case asked.Lapse(number):
            world.requests[number] = lapsed(world.requests[number], world.now)
        case asked.EndRequest(number, state, reason):
            world.requests[number] = replace(
                world.requests[number], state=state, reason=reason, ended_at=world.now
            )
        case _:
            raise AssertionError(f"nobody carries this out here: {action}")


def _take_over(world, action) -> None:
    was = world.requests[action.request]
    world.requests[was.id] = replace(was, state=action.state, ended_at=world.now)
    takes, names = action.passes.takes, action.passes.names
    heir = _request(world, action.promotion, tuple(takes), takes)
    _hold(world, replace(heir, permits={group: had for group, had in names.items() if had}))


def _live(world) -> list[AnyRequest]:
    return [r for r in world.requests.values() if r.state in LIVE]


def _next(world) -> int:
    return 1 + max((r.seq for r in world.requests.values()), default=0)


def _heavy(weights):
    return {group: number for group, number in weights.items() if number != 1}


def _request(world, promotion, groups, weights, *, occupy=False) -> LockRequest:
    """The stage's live request, its queued one taken over; or a new one at the end."""
    live = [r for r in _live(world) if isinstance(r, LockRequest)]
    mine = [r for r in live if r.stage == promotion.stage]
    own = [r for r in mine if r.promotion == promotion.id]
    mine = own if occupy else [r for r in mine if r in own or not r.out_of_turn]
    for request in mine:
        if request.state == "queued":
            taken = replace(request, promotion=promotion.id, freight=promotion.freight)
            more = grows(request.weights, _heavy(weights))
            if more or joins(request.groups, groups):
                taken = replace(taken, seq=_next(world), requested_at=world.now)
            taken = replace(taken, groups=groups, weights=_heavy(weights))
            world.requests[request.id] = taken
            return taken
    if mine:
        return mine[-1]
    number = len(world.requests) + 1
    request = LockRequest(
        number,
        world.repo.id,
        world.repo.full_name,
        promotion.stage,
        promotion.id,
        promotion.freight,
        groups,
        _next(world),
        "queued",
        world.now,
        weights=_heavy(weights),
    )
    world.requests[number] = request
    return request


def _spread(world, request, groups) -> None:
    tokens = {group: world.tokens.get(group, 0) + 1 for group in groups}
    world.tokens |= tokens
    world.requests[request.id] = replace(
        request, groups=(*request.groups, *groups), tokens={**request.tokens, **tokens}
    )


def _hold(world, request) -> None:
    if request.state in HOLDING:
        return
    tokens = {}
    for group in request.groups:
        world.tokens[group] = tokens[group] = world.tokens.get(group, 0) + 1
    if isinstance(request, DirectRequest):
        world.requests[request.id] = granted(replace(request, tokens=tokens), world.now)
        return
    world.requests[request.id] = replace(request, state="held", granted_at=world.now, tokens=tokens)
