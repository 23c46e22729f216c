"""What a promotion does while something could not be found out, and once it can be again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.model.records import Promotion
from app.core.model.verdicts import Reason
from app.core.planning.locking import UNUSED, held
from app.core.planning.pull_actions import MergePull, OpenPull, WriteHead
from app.core.planning.stage_plan import StagePlan, record, under_way
from app.core.state.ledger import Ledger, StageView

_OUTSIDE = (MergePull, OpenPull, WriteHead)
"""What a promotion does at GitHub to its own pull request."""


def put_off(promotion: Promotion, now: datetime) -> StagePlan | None:
    """An error came before its first attempt to write: it only waits, and never fails by that."""
    if (
        promotion.state not in ("waiting", "locking")
        or promotion.retry_at is None
        or now >= promotion.retry_at
    ):
        return None
    verdict = under_way(promotion, Reason.CANNOT_ASK, wake_at=promotion.retry_at)
    return StagePlan(verdict=verdict, wakes=(promotion.retry_at,))


def paused(promotion: Promotion, until: datetime, stage_plan: StagePlan) -> StagePlan:
    """Until its next try nothing is done to its pull request; what people did there counts."""
    if stage_plan.actions and not any(
        isinstance(action, _OUTSIDE) for action in stage_plan.actions
    ):
        return stage_plan
    verdict = under_way(promotion, Reason.RETRYING, wake_at=until)
    return stage_plan._replace(actions=(), verdict=verdict, wakes=(until, *stage_plan.wakes))


def grant_ends(view: StageView, promotion: Promotion) -> tuple[datetime, ...]:
    """When a grant that nothing was written under is given back; () if none is at stake."""
    request = view.request
    if not held(view, promotion) or request is None or request.granted_at is None:
        return ()
    return (request.granted_at + UNUSED,) if promotion.state in ("locking", "writing") else ()


def recovered(ledger: Ledger, promotion: Promotion, stage_plan: StagePlan) -> StagePlan:
    """
    Nothing is left to be tried again: the errors are over.

    Their time counts no more, unless it only queues for another grant: there it is added up.
    """
    if stage_plan.actions or stage_plan.write is not None or promotion.errors_since is None:
        return stage_plan
    erred = (
        ledger.snapshot.now - promotion.errors_since
        if promotion.state == "locking"
        else timedelta()
    )
    fine = replace(promotion, errors_since=None, retry_at=None, erred=erred, detail="")
    return stage_plan._replace(actions=(record(fine),))
