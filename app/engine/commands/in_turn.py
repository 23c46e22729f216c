"""
One word after the other: what one has set going is carried out before the next takes effect.

So it does not matter how many are seen in one look, or stand in one comment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan

if TYPE_CHECKING:
    from app.core.planning.actions import Action

ROUNDS = 200
"""How often a tick looks again; what is left then waits for the next one, at once."""


def in_turn(
    snapshot: Snapshot,
    plan: Plan,
    *,
    decide: Callable[[Snapshot, Plan], bool],
    act: Callable[[Snapshot, Plan], None],
    look: Callable[[], tuple[Snapshot, Plan]],
) -> tuple[Snapshot, Plan, bool]:
    """
    Plan and act until nothing is left to do, and no word left to take effect.

    *decide* lets the next word take effect (False: there is none), *act* carries a plan out, *look*
    makes snapshot and plan anew. The last ones are returned, and False where `ROUNDS` ended while
    words took effect: some may be left. An action that a plan has again, right after it was carried
    out, waits for another tick.
    """
    before: Sequence[Action] = ()
    at_rest, spoken = True, False
    for _ in range(ROUNDS):
        said = at_rest and decide(snapshot, plan)
        if said:
            spoken = True
            snapshot, plan = look()
        if plan.actions and plan.actions != before:
            at_rest, before = at_rest and not said, plan.actions
            act(snapshot, plan)
            snapshot, plan = look()
        elif at_rest and not said:
            return snapshot, plan, True
        else:
            at_rest, before = True, plan.actions
    return snapshot, plan, not spoken
