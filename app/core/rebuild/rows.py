"""Promotions, made anew from their commits and from what our check runs said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.core.model.check_names import stage_run
from app.core.model.facts import CheckFact
from app.core.model.names import FreightId, PromotionId, StageName
from app.core.model.people import SOMEBODY
from app.core.model.promotion_ids import attempt_of
from app.core.model.records import Promotion, PromotionState
from app.core.model.started_runs import UNKNOWN, StartedRun
from app.core.model.verdicts import Reason
from app.core.rebuild.found import Finds, Head, Landing, Seen, about, code
from app.core.remarks import promotions as remarks

_STATES: dict[str | None, PromotionState] = {
    "success": "verified",
    "failure": "failed",
    "cancelled": "cancelled",
    "skipped": "superseded",
}
_WORDS = {
    Reason.REVOKED: re.compile(r"revoked: (?P<words>.+?) failed at "),
    Reason.CHECK_UNFINISHED: re.compile(
        r"failed: (?P<words>.+) (?:without a result|unfinished) at the timeout"
    ),
    Reason.CHECK_NOT_STARTED: re.compile(r"failed: (?P<words>.+) has not started"),
    Reason.CHECK_MISSING: re.compile(r"failed: (?P<words>no check named .+)"),
    Reason.CHECK_FAILED: re.compile(r"failed: (?P<words>.+)"),
}
"""What a title says besides its reason, to be said again: nothing is decided by it."""
_BEFORE_CODES = tuple(reason for reason in _WORDS if reason is not Reason.CHECK_NOT_STARTED)
"""What titles meant of which earlier versions gave programs no code, in this order."""
_WITHOUT_WORDS = frozenset({Reason.NOT_RERUN, Reason.RUN_REFUSED})


def promotions(finds: Finds) -> tuple[Promotion, ...]:
    """All of them, oldest first; of each stage at most one is unfinished."""
    rows: dict[PromotionId, Promotion] = {}
    times: dict[StageName, datetime] = {}
    back = _rollbacks(finds)
    for landing in finds.landings:
        # The line tells what came later; the clocks behind its commits need not agree.
        stage, at = landing.trailers.stage, landing.commit.committed_at
        times[stage] = max(at, times.get(stage, at))
        for promotion in _landed(finds, landing, times[stage]):
            left = back.get(promotion.id)
            rows[promotion.id] = (
                promotion if left is None else replace(promotion, leaves=left, started_by=SOMEBODY)
            )
    for head in finds.heads:
        rows.setdefault(head.trailers.promotion, _in_review(finds, head))
    for seen in finds.seen:
        for promotion in _never_landed(finds, seen):
            rows.setdefault(promotion.id, promotion)
    ordered = sorted(rows.values(), key=lambda promotion: (promotion.created_at, promotion.attempt))
    return tuple(_one_under_way(ordered))


def _rollbacks(finds: Finds) -> dict[PromotionId, FreightId]:
    """
    The promotions that landed older freight over newer: nothing but a rollback does; with the
    newest freight that had been in the stage before, which it turned away.
    """
    places = {seen.freight: place for place, seen in enumerate(finds.seen)}
    newest: dict[StageName, FreightId] = {}
    back_to: dict[PromotionId, FreightId] = {}
    for landing in finds.landings:
        said = landing.trailers
        place, top = places.get(said.freight), newest.get(said.stage)
        if place is None:
            continue
        if top is None or top.warehouse != said.freight.warehouse or place >= places[top]:
            newest[said.stage] = said.freight
        else:
            back_to[said.promotion] = top
    return back_to


def _landed(finds: Finds, landing: Landing, at: datetime) -> Iterable[Promotion]:
    """The promotion of the commit's trailers, and later attempts (`/retry`) on what landed."""
    said, name = landing.trailers, stage_run(landing.trailers.stage)
    known = (*landing.runs, *_runs_on(finds, said.freight))
    ids = {said.promotion: said.attempt}
    for run in landing.runs:
        attempt = _attempt(finds, said.stage, said.freight, about(run, name))
        if attempt is not None:
            ids[PromotionId(about(run, name))] = attempt
    for promotion, attempt in ids.items():
        told = _newest(known, name, promotion)
        begun = told.started_at if told and promotion != said.promotion else None
        record = Promotion(
            id=promotion,
            stage=said.stage,
            freight=said.freight,
            state="verifying",
            config=finds.config,
            created_at=begun or at,
            updated_at=begun or at,
            attempt=attempt,
            reason=Reason.VERIFYING,
            landed=landing.commit.sha,
            landed_at=at,
            written=landing.content,
            head=landing.head,
        )
        yield _with_end(finds, record, told)


def _with_end(finds: Finds, promotion: Promotion, told: CheckFact | None) -> Promotion:
    """The row as its newest run told it; what never told an end is verified anew."""
    if told is not None and told.status == "completed":
        state = _STATES.get(told.conclusion)
        if state == "verified":
            return _verified(promotion, told.completed_at or promotion.updated_at)
        if state is not None:
            return _ended(promotion, state, told, finds.now)
    stage = finds.pipeline.stages[promotion.stage]
    if not stage.verifies:
        return _verified(promotion, promotion.updated_at)
    if stage.workflow is not None:  # it may have been started: it is sought first
        return replace(
            promotion,
            started=StartedRun(stage.workflow, begun_at=promotion.landed_at, after=UNKNOWN),
        )
    return promotion


def _verified(promotion: Promotion, at: datetime) -> Promotion:
    return replace(
        promotion,
        state="verified",
        reason=Reason.VERIFIED,
        verified_at=at,
        ended_at=at,
        updated_at=at,
    )


def _ended(
    promotion: Promotion, state: PromotionState, told: CheckFact, now: datetime
) -> Promotion:
    at = told.completed_at or now
    over = replace(
        promotion, state=state, reason=Reason.REBUILT, detail=told.title, ended_at=at, updated_at=at
    )
    reason = _why(told) if state == "failed" and promotion.landed is not None else Reason.REBUILT
    if reason is Reason.REBUILT:
        return over
    match = _WORDS[reason].match(told.title) if reason in _WORDS else None
    words = told.title if match is None else match["words"]
    revoked = at if reason is Reason.REVOKED else None
    return replace(over, reason=reason, detail=words, revoked_at=revoked)


def _why(told: CheckFact) -> Reason:
    """Why what had landed failed; `REBUILT` where no check decided, or nobody can say."""
    if known := code(told):
        return next((r for r in (*_WORDS, *_WITHOUT_WORDS) if r == known), Reason.REBUILT)
    meant = (r for r in _BEFORE_CODES if _WORDS[r].match(told.title))
    return next(meant, Reason.REBUILT)


def _in_review(finds: Finds, head: Head) -> Promotion:
    said, at = head.trailers, head.commit.committed_at
    stage = finds.pipeline.stages[said.stage]
    return Promotion(
        id=said.promotion,
        stage=said.stage,
        freight=said.freight,
        state="in-review",
        config=finds.config,
        created_at=at,
        updated_at=at,
        attempt=said.attempt,
        reason=Reason.REVIEW,
        # It was opened because somebody said so; who, its own text may have lost.
        started_by=head.started_by or ("" if stage.auto else SOMEBODY),
        written=head.content,
        pull=head.number,
        head=head.commit.sha,
        pushed=(head.commit.sha,),
    )


def _never_landed(finds: Finds, seen: Seen) -> Iterable[Promotion]:
    """
    Attempts whose end our runs on the freight's commit tell. What had not ended is planned anew.

    What ended well without a commit of ours (in sync) is, too: its content says so again.
    """
    for stage in finds.pipeline.stages.values():
        if stage.freight != seen.freight.warehouse:
            continue
        name = stage_run(stage.name)
        for promotion in dict.fromkeys(about(run, name) for run in seen.runs):
            attempt = _attempt(finds, stage.name, seen.freight, promotion)
            told = _newest(seen.runs, name, PromotionId(promotion))
            if attempt is None or told is None or told.status != "completed":
                continue
            state = _STATES.get(told.conclusion)
            at = told.started_at or told.completed_at or finds.now
            record = Promotion(
                PromotionId(promotion),
                stage.name,
                seen.freight,
                "waiting",
                finds.config,
                at,
                at,
                attempt,
            )
            if state == "verified":
                if not stage.writes:
                    yield _verified(record, told.completed_at or at)
            elif state is not None:
                yield _ended(record, state, told, finds.now)


def _one_under_way(rows: list[Promotion]) -> Iterable[Promotion]:
    """A stage has one promotion under way: what landed before what is in review, the newest."""
    kept: dict[StageName, PromotionId] = {}
    for state in ("in-review", "verifying"):
        kept |= {promotion.stage: promotion.id for promotion in rows if promotion.state == state}
    for promotion in rows:
        if promotion.ended or kept[promotion.stage] == promotion.id:
            yield promotion
        elif promotion.landed is not None:
            at = promotion.updated_at
            words = remarks.superseded_unknown()
            yield replace(
                promotion, state="superseded", reason=Reason.REBUILT, detail=words, ended_at=at
            )


def _attempt(finds: Finds, stage: StageName, freight: FreightId, promotion: str) -> int | None:
    return attempt_of(finds.repo.id, stage, freight, promotion) if promotion else None


def _runs_on(finds: Finds, freight: FreightId) -> tuple[CheckFact, ...]:
    return finds.runs.get(freight.sha, ())


def _newest(runs: Iterable[CheckFact], name: str, promotion: PromotionId) -> CheckFact | None:
    checks = [run for run in runs if about(run, name) == promotion]
    return max(checks, key=lambda run: run.id, default=None)
