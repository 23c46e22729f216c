"""
Locks: counters above all that can have been given, and suspect grants for whatever may still run.

People, clients and CI jobs leave no trace of their grants outside the database. So where such may
have asked for a group, nothing that is found here proves that it was free, and an unknown holder
has all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from app.core.locks.protocol import Event, after
from app.core.model.check_names import LOCK, lock_run
from app.core.model.facts import CheckFact
from app.core.model.group_names import organization, spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import ALL, DirectRequest, LockRequest
from app.core.model.names import GroupName, Sha
from app.core.model.records import Promotion
from app.core.rebuild.found import Finds, Landing, about, code

GAP = 100
"""The counters start so far above the highest token that was seen, whatever the clock says."""
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)

_TOKEN = re.compile(r"[1-9]\d{0,15}")
_IN_TITLE = re.compile(r", token ([1-9]\d{0,15})\Z")
"""Of runs that earlier versions wrote, whose external ids have no code."""
_HIGHEST = 10**15
"""
What names more was not written by us: no counter of ours ever gets there, milliseconds since 1970
neither. So every token is a whole number that JSON's readers have exactly (below 2^53).
"""


def floor(at: datetime) -> int:
    """
    What no counter had reached that was lost before *at*, wherever it had begun: milliseconds since
    1970. It would have to count 1,000 in each second, from 1970 or the rebuild before on.
    """
    return (at - _EPOCH) // _MILLISECOND


def counters(finds: Finds) -> Mapping[GroupName, int]:
    """For each group of the pipeline a token that is no lower than any that was given."""
    seen = dict.fromkeys(finds.pipeline.locks, 0)
    meant = {spoken(group): group for group in seen}  # what is read has the names of people
    for name, token in _seen(finds):
        if (group := meant.get(name)) is not None and token < _HIGHEST:
            seen[group] = max(seen[group], token)
    return {group: max(token + GAP, floor(finds.now)) for group, token in seen.items()}


def unknown(finds: Finds) -> tuple[DirectRequest, ...]:
    """
    Whoever held a group without a trace: of each group that others than stages may ask for, one
    suspect grant of all permits, which a person alone ends. What promotions hold still is theirs
    beside it.
    """
    return tuple(
        DirectRequest(
            id=0,
            repo_id=finds.repo.id,
            repo_name=finds.repo.full_name,
            kind="unknown",
            asker="",
            groups=(group,),
            seq=0,
            state=after(None, Event.REBUILT, LockReason.UNKNOWN_HOLDER),
            requested_at=finds.now,
            ttl=timedelta(),
            suspect_at=finds.now,
            reason=LockReason.UNKNOWN_HOLDER,
            weights={group: ALL},
        )
        for group in finds.pipeline.locks
        if _asked_by_others(finds, group)
    )


def _asked_by_others(finds: Finds, group: GroupName) -> bool:
    """Clients, CI jobs, jobs at environments, or people of whose `/lock` the reply is there."""
    defined = finds.pipeline.locks[group]
    return finds.clients or bool(defined.environments) or spoken(group) in finds.locked


def _seen(finds: Finds) -> Iterable[tuple[GroupName, int]]:
    yield from finds.tokens.items()
    for landing in finds.landings:
        yield from landing.trailers.tokens.items()
    for head in finds.heads:
        yield from head.trailers.tokens.items()
    for runs in finds.runs.values():
        for run in runs:
            if run.name.startswith(LOCK):
                yield GroupName(run.name.removeprefix(LOCK)), _token(run)


def grants(finds: Finds, promotions: Iterable[Promotion]) -> tuple[LockRequest, ...]:
    """
    A suspect grant for each promotion in a locked stage that may hold it still, oldest first.

    Too many are harmless: one look at its checks frees what has ended.
    """
    landings = {landing.trailers.promotion: landing for landing in finds.landings}
    return tuple(
        _grant(finds, promotion, landings.get(promotion.id))
        for promotion in promotions
        if finds.pipeline.stages[promotion.stage].locks and _may_hold(finds, promotion)
    )


def _may_hold(finds: Finds, promotion: Promotion) -> bool:
    if promotion.landed is not None:
        return (
            promotion.state == "verifying" or (promotion.stage, promotion.landed) in finds.running
        )
    return promotion.state == "in-review" and any(
        _holding(run) for run in _lock_runs(finds, promotion)
    )


def _grant(finds: Finds, promotion: Promotion, landing: Landing | None) -> LockRequest:
    groups = finds.pipeline.stages[promotion.stage].locks
    told = {run.name: _token(run) for run in _lock_runs(finds, promotion)}
    said = landing.trailers.tokens if landing else {}
    known = {
        group: said.get(GroupName(spoken(group))) or told.get(lock_run(group), 0)
        for group in groups
    }
    return LockRequest(
        id=0,
        repo_id=finds.repo.id,
        repo_name=finds.repo.full_name,
        stage=promotion.stage,
        promotion=promotion.id,
        freight=promotion.freight,
        groups=groups,
        seq=0,
        state=after(None, Event.REBUILT, LockReason.UNPROBED),
        requested_at=promotion.created_at,
        tokens={group: token for group, token in known.items() if token},
        granted_at=promotion.landed_at or promotion.created_at,
        suspect_at=finds.now,
        reason=LockReason.UNPROBED,
        weights=_weights(finds, promotion),
    )


def _weights(finds: Finds, promotion: Promotion) -> dict[GroupName, int]:
    """
    What its stage takes; of named permits all: nobody knows any more which it was. So of a group of
    the organisation, of which nobody knows here whether its permits have names.
    """
    stage, defined = finds.pipeline.stages[promotion.stage], finds.pipeline.locks
    known = {w.group: w.permits for w in stage.weights}
    alone = {g for g in stage.locks if g in defined and (defined[g].names or known.get(g) == ALL)}
    permits = {g: defined[g].permits if g in alone else known.get(g, 1) for g in stage.locks}
    permits |= {g: ALL for g in stage.locks if organization(g) is not None}
    return {group: number for group, number in permits.items() if number != 1}


def _lock_runs(finds: Finds, promotion: Promotion) -> list[CheckFact]:
    """Our newest run of each lock that speaks of *promotion*."""
    newest: dict[str, CheckFact] = {}
    for sha in (promotion.freight.sha, promotion.landed or Sha("")):
        for run in finds.runs.get(sha, ()):
            if run.name.startswith(LOCK) and about(run, run.name) == promotion.id:
                newest[run.name] = run
    return list(newest.values())


def _holding(run: CheckFact) -> bool:
    return run.status == "in_progress" or run.conclusion == "action_required"


def _token(run: CheckFact) -> int:
    """The fencing token that a lock's run tells of; 0: none."""
    if told := code(run):
        return int(told) if _TOKEN.fullmatch(told) else 0
    match = _IN_TITLE.search(run.title)
    return int(match[1]) if match else 0
