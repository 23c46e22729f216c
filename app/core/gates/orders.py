"""What people asked for: the word of a person that passes a gate."""

from __future__ import annotations

from app.core.model.names import FreightId
from app.core.model.records import Order, Promotion
from app.core.model.verdicts import Reason
from app.core.state.ledger import StageView


def starts(order: Order, freight: FreightId) -> bool:
    """Tell whether a person's *order* brings *freight* here (`/retry` always names its own)."""
    if order.verb in ("cancel", "rollback"):
        return False
    return order.freight == freight or (order.freight is None and order.verb == "promote")


def cancels(view: StageView, promotion: Promotion) -> Order | None:
    """The order that waits in the stage to end *promotion*: a rollback ends whatever it is not."""
    back = rolls_back(view)
    if back is not None and (promotion.leaves is None or promotion.freight != back.freight):
        return back
    return cancels_of(view, promotion.freight)


def rolls_back(view: StageView) -> Order | None:
    """The newest order that waits in the stage to bring earlier freight back."""
    return next((o for o in reversed(view.orders) if o.verb == "rollback"), None)


def cancels_of(view: StageView, freight: FreightId) -> Order | None:
    """The newest order that waits in the stage to end what is done for *freight*."""
    words = (o for o in reversed(view.orders) if o.verb == "cancel" and o.freight == freight)
    return next(words, None)


def undone(view: StageView, word: Order) -> tuple[int, ...]:
    """
    The orders for the freight of *word* up to it: they take effect in order, so it ends them.

    A rollback is not spent by what it ends: it is still to begin, and ends them all then.
    """
    if word.verb == "rollback":
        return ()
    return tuple(o.id for o in view.orders if o.freight == word.freight and o.id <= word.id)


def order_for(view: StageView, freight: FreightId) -> Order | None:
    """The person's order that waits in the stage for *freight*, or None."""
    return next((order for order in view.orders if starts(order, freight)), None)


def started_before(view: StageView, freight: FreightId) -> Promotion | None:
    """The attempt that a person started: under way, or to be planned again without being asked."""
    promotion = view.latest.get(freight)
    if promotion is None or not promotion.started_by:
        return None
    again = promotion.state == "failed" or promotion.reason == Reason.MOVED
    return promotion if again or not promotion.ended else None
