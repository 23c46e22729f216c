"""What has landed waits for its checks, and fails where they do not come in time."""

from __future__ import annotations

from app.core.evidence.judge import Evidence
from app.core.evidence.promotion_evidence import deadline
from app.core.model.records import Promotion
from app.core.model.subjects import named
from app.core.model.verdicts import Reason
from app.core.planning.actions import CancelChecks
from app.core.planning.locking import occupy
from app.core.planning.stage_plan import StagePlan, ended, record, under_way
from app.core.planning.starting_runs import started_run
from app.core.remarks import promotions as remarks
from app.core.state.ledger import Ledger


def await_checks(ledger: Ledger, promotion: Promotion, evidence: Evidence) -> StagePlan:
    """Go on waiting for *evidence* of what has landed, until the stage's timeout is over."""
    now, until = ledger.snapshot.now, deadline(ledger, promotion)
    if until is not None and now >= until:
        if evidence.missing and not evidence.started:
            name = evidence.missing[0]
            ours = name == ledger.stage_terms(promotion).workflow
            words = (remarks.nothing_started if ours else remarks.not_started)(
                name, promotion.landed
            )
            return StagePlan(
                (record(ended(promotion, now, "failed", Reason.CHECK_MISSING, words)),)
            )
        unstarted = evidence.missing and not evidence.unfinished
        reason = Reason.CHECK_NOT_STARTED if unstarted else Reason.CHECK_UNFINISHED
        about = named(evidence.missing) if unstarted else evidence.about
        over = ended(promotion, now, "failed", reason, about=about)
        cancel = (CancelChecks(promotion.id, evidence.unfinished),) if evidence.unfinished else ()
        return StagePlan((*cancel, record(over)))
    taken = occupy(ledger, promotion)
    next_step = started_run(ledger, promotion) if not taken else None
    if next_step is not None:
        due = () if until is None else (until,)
        return next_step._replace(wakes=(*next_step.wakes, *due))
    wakes = tuple(at for at in (until, evidence.wake_at) if at is not None)
    to_run = evidence.to_run if promotion.rerun_at is not None else ()
    reason, about = (Reason.TO_RUN, named(to_run)) if to_run else (Reason.VERIFYING, evidence.about)
    verdict = under_way(promotion, reason, about=about, wake_at=min(wakes, default=None))
    return StagePlan(taken, verdict=verdict, wakes=wakes)
