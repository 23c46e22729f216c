"""The repository's freight and promotions, page by page, newest first."""

from __future__ import annotations

from app.core.model.documents import Document, utc
from app.core.model.records import Freight, Promotion
from app.web.api import asked
from app.web.api.call import ApiAnswer, Call


def freight(call: Call) -> ApiAnswer:
    """What was minted."""
    repo, most = call.repository().id, asked.limit(call)
    freight_rows = call.store.views.freights(
        repo, warehouse=call.query.get("warehouse", ""), before=asked.before(call), most=most + 1
    )
    page = freight_rows[:most]
    following = {"before": str(page[-1].number)} if len(freight_rows) > most else None
    return ApiAnswer(
        {"freight": [_freight(freight_row.freight) for freight_row in page]}, following=following
    )


def promotions(call: Call) -> ApiAnswer:
    """Every attempt to bring a freight to a stage."""
    repo, most = call.repository().id, asked.limit(call)
    rows = call.store.views.promotions(
        repo, stage=call.query.get("stage", ""), before=asked.before(call), most=most + 1
    )
    page = rows[:most]
    following = {"before": str(page[-1].number)} if len(rows) > most else None
    return ApiAnswer(
        {"promotions": [_promotion(promotion) for promotion in page]}, following=following
    )


def _freight(freight: Freight) -> Document:
    return {
        "id": str(freight.id),
        "warehouse": freight.id.warehouse,
        "sha": freight.id.sha,
        "minted_at": utc(freight.minted_at),
    }


def _promotion(promotion: Promotion) -> Document:
    return {
        "id": promotion.id,
        "stage": promotion.stage,
        "freight": str(promotion.freight),
        "state": promotion.state,
        "reason": promotion.reason or None,
        "attempt": promotion.attempt,
        "started_by": promotion.started_by or None,
        "created_at": utc(promotion.created_at),
        "commit": promotion.landed or promotion.head,
        "pull": promotion.pull,
        "landed_at": utc(promotion.landed_at),
        "verified_at": utc(promotion.verified_at),
        "revoked_at": utc(promotion.revoked_at),
        "ended_at": utc(promotion.ended_at),
    }
