"""
What a rollback turns away from its stage: everything newer than its target, up to what it leaves.

It says so from its beginning to its end, and on while what it wrote is on the branch. The newest
rollback of a stage speaks for all before it. What a person named since is not turned away: it has
an attempt of its own after the rollback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.core.model.names import FreightId
from app.core.model.records import ENDED, Promotion

if TYPE_CHECKING:
    from app.core.state.ledger import Ledger
    from app.core.state.stage_state import StageView

Age = Callable[[FreightId], int | None]


def speaks(promotion: Promotion, holds: Callable[[Promotion], bool]) -> bool:
    """Tell whether *promotion* is a rollback that is under way, or whose content is there."""
    return promotion.leaves is not None and (promotion.state not in ENDED or holds(promotion))


def turned_away(age_of: Age, back: Promotion, freight: FreightId, *, was_here: bool) -> bool:
    """
    Tell whether the rollback *back* turns *freight* away.

    *was_here*: it had landed in the stage before. That is enough where what the stage left is on
    its branch's line no more: whatever was here and is newer than the target was left as well.
    """
    age, target = age_of(freight), age_of(back.freight)
    if age is None or back.leaves is None or (target is not None and age >= target):
        return False
    left = age_of(back.leaves)
    return was_here if left is None else age >= left


def turned_away_by(ledger: Ledger, view: StageView, freight: FreightId) -> Promotion | None:
    """The rollback that turned *freight* away, unless it was brought here again since by name."""
    back = view.back
    if back is None or freight == back.freight:
        return None
    last = view.latest.get(freight)
    if last is not None and _after(view, last, back):
        return None
    was_here = last is not None and last.landed is not None
    return back if turned_away(ledger.age, back, freight, was_here=was_here) else None


def _after(view: StageView, promotion: Promotion, back: Promotion) -> bool:
    if promotion.number and back.number:
        return promotion.number > back.number
    return view.promotions.index(promotion) > view.promotions.index(back)
