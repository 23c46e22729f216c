"""What the record of a run tells, and what the run needs for saying what should be said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from app.core.checkruns import RunTarget
from app.core.model.check_names import PLAN, read_external_id
from app.core.model.names import Sha, StageName
from app.core.model.run_records import RunRecord
from app.core.planning.plan_result import Plan

REPLACED_AFTER = timedelta(days=13)
"""GitHub marks unfinished runs as stale after 14 days: https://docs.github.com/en/rest/checks."""

REFUSED = "refused:"
"""How a `RunRecord.digest` begins where GitHub refused the last draft."""
UNSURE = "unsure"
"""The state in a `RunRecord.digest` where nobody knows which of two GitHub shows."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

Need = Literal["nothing", "text", "state"]


def newest_runs(runs: Sequence[RunRecord]) -> dict[tuple[str, Sha], RunRecord]:
    """The run that speaks for each name on each commit: the one with the highest serial."""
    newest: dict[tuple[str, Sha], RunRecord] = {}
    for run in sorted(runs, key=lambda r: r.serial):
        newest[run.name, run.sha] = run
    return newest


def what_it_needs(target: RunTarget, record: RunRecord | None, now: datetime) -> Need:
    """Nothing, its text brought up to date (which may wait), or a change of state told at once."""
    if record is None:
        return "nothing" if target.existing_only else "state"
    if target.existing_only and unmade(record) and not (target.anew and record.serial > 1):
        return "nothing"
    said = digest(target)
    if begins_anew(target, record, now):
        return "state"
    if record.digest == said:
        return "nothing"
    return "state" if is_news(target, record) else "text"


def is_news(target: RunTarget, record: RunRecord) -> bool:
    """
    *target* tells another state, or that of another promotion: what stands there speaks of one
    that is not meant any more.
    """
    known = read_external_id(record.name, record.external_id)
    spoke_of = known[0] if known is not None else ""
    return state_of(record.digest) != state_of(digest(target)) or spoke_of != target.about


def digest(target: RunTarget) -> str:
    """``<state>.<text>``: what GitHub was told, in a form that tells which of the two changed."""
    draft = target.draft
    state = repr((target.state, draft.status, draft.conclusion, draft.buttons))
    text = repr((target.about, draft.title, draft.summary, draft.annotations))
    return f"{_hash(state, 16)}.{_hash(text, 32)}"


def either(target: RunTarget, record: RunRecord) -> str:
    """What is remembered until an update has its answer: GitHub shows *target*, or what it did."""
    if not record.digest:
        return ""  # its end is in doubt, and stays so
    return UNSURE if is_news(target, record) else f"{state_of(record.digest)}."


def refused(target: RunTarget, record: RunRecord | None) -> str:
    """What is remembered where GitHub refused *target*: what it was, and how often by now."""
    before = _refusal(record) if record is not None else None
    times = before[0] + 1 if before is not None else 1
    return f"{REFUSED}{times}:{digest(target)}"


def pause_after_refusal(target: RunTarget, record: RunRecord | None, now: datetime) -> timedelta:
    """How long the same is not sent again: longer each time. What has changed is sent at once."""
    known = _refusal(record) if record is not None else None
    if record is None or known is None or known[1] != digest(target):
        return timedelta()
    pause = min(FIRST_PAUSE * (1 << min(known[0] - 1, 12)), LONGEST_PAUSE)
    return max(record.written_at + pause - now, timedelta())


def _refusal(record: RunRecord) -> tuple[int, str] | None:
    """How often GitHub refused which draft; None: it did not refuse the last one."""
    if not record.digest.startswith(REFUSED):
        return None
    times, _, said = record.digest.removeprefix(REFUSED).partition(":")
    return int(times), said


def not_taken_back(
    plan: Plan, told: Iterable[RunTarget], runs: Sequence[RunRecord]
) -> frozenset[StageName]:
    """
    The stages of which GitHub shows `success` on a head that may not be merged, as far as we know.

    *told* are the targets of *plan*, *runs* the records as they are now.
    """
    newest = newest_runs(runs)
    stages = {
        head.stage
        for head in plan.heads
        if not head.ready
        and (run := newest.get((PLAN, head.head)))
        and not _none_there(run)
        and (run.status == "completed" or in_doubt(run))
    }
    over = {(PLAN, c.head): c.promotion.stage for c in plan.closed if c.granted}
    for target in told:
        key, run = target.key, newest.get(target.key)
        if key not in over or run is None or _none_there(run):
            continue
        if state_of(run.digest) != state_of(digest(target)):
            stages.add(over[key])
    return frozenset(stages)


def in_doubt(record: RunRecord) -> bool:
    """Its creation was begun, and nobody knows how it ended."""
    return record.run_id is None and not record.digest


def unmade(record: RunRecord) -> bool:
    """GitHub refused its creation, or it was over before it was made."""
    return record.run_id is None and not in_doubt(record)


def _none_there(record: RunRecord) -> bool:
    """No run of that name is on that commit: the first one was never made."""
    return unmade(record) and record.serial == 1


def begins_anew(target: RunTarget, record: RunRecord, now: datetime) -> bool:
    """A finished run never reopens, and an unfinished one is replaced before GitHub drops it."""
    if in_doubt(record):
        return False
    if target.anew and record.status == "completed":
        return state_of(record.digest) != state_of(digest(target))
    if target.draft.status == "completed":
        return False
    if record.status == "completed":
        return True
    return now - record.created_at >= REPLACED_AFTER


def state_of(said: str) -> str:
    """The part of a `digest` that changes with the state."""
    return said.partition(".")[0]


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
