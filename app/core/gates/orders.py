"""What people asked for: the word of a person that passes a gate."""

from __future__ import annotations

from app.core.model.names import FreightId
from app.core.model.records import Order, Promotion
from app.core.model.verdicts import Reason
from app.core.state.ledger import StageView


def starts(order: Order, freight: FreightId) -> bool:
    """Tell whether a person's *order* brings *freight* here (`/retry` always names its own)."""
    if order.verb == "cancel":
        return False
    return order.freight == freight or (order.freight is None and order.verb == "promote")


def cancels(view: StageView, promotion: Promotion) -> Order | None:
    """The order that waits in the stage to end *promotion*."""
    words = (o for o in view.orders if o.verb == "cancel" and o.freight == promotion.freight)
    return next(words, None)


def order_for(view: StageView, freight: FreightId) -> Order | None:
    """The order that waits in the stage for *freight*; None where nobody asked."""
    return next((order for order in view.orders if starts(order, freight)), None)


def started_before(view: StageView, freight: FreightId) -> Promotion | None:
    """The attempt that a person started: under way, or to be planned again without being asked."""
    promotion = view.latest.get(freight)
    if promotion is None or not promotion.started_by:
        return None
    again = promotion.state == "failed" or promotion.reason == Reason.MOVED
    return promotion if again or not promotion.ended else None
