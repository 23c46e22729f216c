"""Which groups a job takes that runs without having been let in, and how many permits."""

from __future__ import annotations

from app.core.model.lock_requests import ALL, LockRequest
from app.core.model.names import GroupName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger


def wanted(ledger: Ledger, promotion: Promotion) -> tuple[GroupName, ...]:
    """What its stage took as it began, and what it takes since an edit: a job may disturb both."""
    began, now = ledger.stage_terms(promotion).locks, ledger.groups(promotion)
    under = _landed_under(ledger, promotion)
    return tuple(dict.fromkeys((*began, *(under.groups if under is not None else ()), *now)))


def _landed_under(ledger: Ledger, promotion: Promotion) -> LockRequest | None:
    """
    The grant that an ended *promotion* landed under, or took then: the pipeline that it began under
    is read only while it is under way.
    """
    if not promotion.ended:
        return None
    took = [r for r in ledger.asked_by.get(promotion.id, ()) if r.granted_at is not None]
    in_turn = [request for request in took if not request.out_of_turn]
    return next(iter(in_turn[-1:] or took[:1]), None)


def takes(
    ledger: Ledger, promotion: Promotion, groups: tuple[GroupName, ...]
) -> dict[GroupName, int]:
    """What its stage takes, as it began or since an edit, whichever is more."""
    now = ledger.pipeline.stages.get(promotion.stage)
    both = [taken(ledger, stage, groups) for stage in (now, ledger.known(promotion)) if stage]
    under = _landed_under(ledger, promotion)
    if under is not None:
        both.append({group: under.weights.get(group, 1) for group in groups})
    return {group: max(weights[group] for weights in both) for group in groups}


def spread_takes(
    ledger: Ledger, stage: Stage | None, groups: tuple[GroupName, ...]
) -> dict[GroupName, int]:
    """What a grant takes of groups that its *stage* names since an edit."""
    return taken(ledger, stage, groups) if stage is not None else {}


def taken(ledger: Ledger, stage: Stage, groups: tuple[GroupName, ...]) -> dict[GroupName, int]:
    """
    How many permits a job of *stage* takes that was not let in: as many as its stage would; where
    they have names all, because nobody knows which it uses.
    """
    weights = {w.group: w.permits for w in stage.weights}
    there, named = ledger.permits(groups), ledger.permit_names(groups)
    everything = {g for g in groups if g in named or weights.get(g) == ALL}
    return {g: there[g] if g in everything else weights.get(g, 1) for g in groups}
