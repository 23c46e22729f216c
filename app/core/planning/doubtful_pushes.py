"""
Pushes whose answer never came: how long they may still land, and what lands after all.

A push is killed `PUSH_ENDS` after it began. Until then, and until the tip was asked once more,
nobody knows; so the grant stays where it is. What lands later has landed out of turn.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.model.names import Sha
from app.core.model.records import Intent, Promotion
from app.core.state.ledger import Ledger

PUSH_ENDS = timedelta(seconds=60)
"""`app/gitplumbing` kills a push after this time."""
SOON = timedelta(seconds=1)


def to_branch(promotion: Promotion) -> Intent | None:
    """
    The push of *promotion* to its stage's branch that was decided and not seen to land, if any.
    """
    intent = promotion.intent
    if (
        promotion.landed is not None
        or intent is None
        or intent.branch == f"stagelock/{promotion.stage}"
    ):
        return None
    return intent


def arrived(ledger: Ledger, promotion: Promotion) -> Sha | None:
    """The commit of such a push, if it is below the tip now, whatever lies on top."""
    intent = to_branch(promotion)
    return intent.commit if intent and intent.commit in ledger.snapshot.reachable else None


def unsettled(ledger: Ledger, promotion: Promotion) -> datetime | None:
    """
    When it will be known that the push of *promotion* did not land; None: it is known already.

    A tip that has moved refuses it: the push is a compare-and-swap.
    """
    return _until(ledger, to_branch(promotion))


def head_unsettled(ledger: Ledger, promotion: Promotion) -> datetime | None:
    """The same of the push of *promotion* to the head of its pull request."""
    intent = promotion.intent
    return (
        _until(ledger, intent)
        if intent and intent.branch == f"stagelock/{promotion.stage}"
        else None
    )


def _until(ledger: Ledger, intent: Intent | None) -> datetime | None:
    snapshot = ledger.snapshot
    if intent is None or snapshot.tips.get(intent.branch) != intent.expected:
        return None
    ends = intent.stored_at + PUSH_ENDS
    if (snapshot.asked_at or snapshot.now) >= ends:
        return None
    return max(ends, snapshot.now + SOON)
