"""
What a rollback turns away from its stage: everything newer than its target, up to what it leaves.

It says so from the word that asks for it to its end, and on while what it wrote is on the branch.
The newest rollback of a stage speaks for all before it. What a person named since is not turned
away: it has an attempt of its own after the rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from app.core.model.names import FreightId
from app.core.model.records import ENDED, Order, Promotion
from app.core.model.verdicts import Reason

if TYPE_CHECKING:
    from app.core.state.ledger import Ledger
    from app.core.state.stage_state import StageView

Age = Callable[[FreightId], int | None]


class Back(NamedTuple):
    """What a rollback, begun or asked for, turns away."""

    freight: FreightId
    """What comes back."""
    leaves: FreightId
    """The newest freight that is turned away."""
    since: datetime
    by: str
    """The login of who asked for it."""
    after: int
    """How many of the stage's promotions came after it."""

    def turns_away(self, age_of: Age, freight: FreightId, *, was_here: bool) -> bool:
        """As `turned_away`."""
        return turned_away(age_of, self.freight, self.leaves, freight, was_here=was_here)


def begun(promotion: Promotion, holds: Callable[[Promotion], bool], after: int) -> Back | None:
    """What *promotion* turns away, if it is a rollback under way, or one whose content is there."""
    leaves = promotion.leaves
    if leaves is None or (promotion.state in ENDED and not holds(promotion)):
        return None
    return Back(promotion.freight, leaves, promotion.created_at, promotion.started_by, after)


def asked_for(
    promotions: Sequence[Promotion],
    orders: Sequence[Order],
    holds: Callable[[Promotion], bool],
    age: Age,
) -> Back | None:
    """What the rollback turns away that waits among *orders*: it has not begun, and will."""
    word = next((o for o in reversed(orders) if o.verb == "rollback"), None)
    if word is None or word.freight is None:
        return None
    newest = tuple(reversed(promotions))
    current = next((p for p in newest if holds(p)), None)
    inflight = next((p for p in newest if p.state not in ENDED), None)
    before = next((back for p in newest if (back := begun(p, holds, 0)) is not None), None)
    top = newest_left(age, promotions, current, inflight, before)
    return None if top is None else Back(word.freight, top, word.at, word.actor, 0)


def newest_left(
    age_of: Age,
    promotions: Sequence[Promotion],
    current: Promotion | None,
    inflight: Promotion | None,
    back: Back | None,
) -> FreightId | None:
    """
    The newest freight that a rollback turns away now: what the stage is at, what was under way, and
    what an earlier rollback had turned away already.
    """
    freights = [promotion.freight for promotion in (current, inflight) if promotion is not None]
    ended = (promotion for promotion in promotions[-1:] if promotion.reason == Reason.ROLLED_BACK)
    freights += [promotion.freight for promotion in ended]
    freights += [back.leaves] if back is not None else []
    ages = {freight: age for freight in freights if (age := age_of(freight)) is not None}
    return min(ages, key=ages.__getitem__, default=next(iter(freights), None))


def turned_away(
    age_of: Age, to: FreightId, leaves: FreightId, freight: FreightId, *, was_here: bool
) -> bool:
    """
    Tell whether a rollback from *leaves* to *to* turns *freight* away.

    *was_here*: it had landed in the stage before. That is enough where what the stage left is on
    its branch's line no more: whatever was here and is newer than the target was left as well.
    """
    age, target = age_of(freight), age_of(to)
    if age is None or (target is not None and age >= target):
        return False
    left = age_of(leaves)
    return was_here if left is None else age >= left


def turned_away_by(ledger: Ledger, view: StageView, freight: FreightId) -> Back | None:
    """The rollback that turned *freight* away, unless it was brought here again since by name."""
    back = view.back
    if back is None or freight == back.freight:
        return None
    last = view.latest.get(freight)
    if last is not None and last in view.promotions[len(view.promotions) - back.after :]:
        return None
    here = last is not None and last.landed is not None
    return back if back.turns_away(ledger.age, freight, was_here=here) else None


def standing(ledger: Ledger, view: StageView, current: Promotion) -> str:
    """The state of *current*, which the stage is at; "revoked", "rejected" (by a rollback)."""
    if current.revoked_at is not None:
        return "revoked"
    away = current.state == "verified" and turned_away_by(ledger, view, current.freight)
    return "rejected" if away else current.state
