"""The repository's freight and promotions, page by page, newest first."""

from __future__ import annotations

from app.core.model.documents import Document, utc
from app.core.model.records import Freight, Promotion
from app.web.api import asked
from app.web.api.call import Answer, Call


def freight(call: Call) -> Answer:
    """What was minted."""
    repo, most = call.repository().id, asked.limit(call)
    rows = call.store.views.freights(
        repo, warehouse=call.query.get("warehouse", ""), before=asked.before(call), most=most + 1
    )
    page = rows[:most]
    following = {"before": str(page[-1].number)} if len(rows) > most else None
    return Answer({"freight": [_freight(row.freight) for row in page]}, following=following)


def promotions(call: Call) -> Answer:
    """Every attempt to bring a freight to a stage."""
    repo, most = call.repository().id, asked.limit(call)
    rows = call.store.views.promotions(
        repo, stage=call.query.get("stage", ""), before=asked.before(call), most=most + 1
    )
    page = rows[:most]
    following = {"before": str(page[-1].number)} if len(rows) > most else None
    return Answer({"promotions": [_promotion(row) for row in page]}, following=following)


def _freight(freight: Freight) -> Document:
    return {
        "id": str(freight.id),
        "warehouse": freight.id.warehouse,
        "sha": freight.id.sha,
        "minted_at": utc(freight.minted_at),
    }


def _promotion(row: Promotion) -> Document:
    return {
        "id": row.id,
        "stage": row.stage,
        "freight": str(row.freight),
        "state": row.state,
        "reason": row.reason or None,
        "attempt": row.attempt,
        "started_by": row.started_by or None,
        "created_at": utc(row.created_at),
        "commit": row.landed or row.head,
        "pull": row.pull,
        "landed_at": utc(row.landed_at),
        "verified_at": utc(row.verified_at),
        "revoked_at": utc(row.revoked_at),
        "ended_at": utc(row.ended_at),
    }
