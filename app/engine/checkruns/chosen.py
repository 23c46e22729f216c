"""Which of the runs that should exist are written now."""

from __future__ import annotations

from collections.abc import Callable

from app.core.checkruns import RunTarget
from app.core.model.check_names import PLAN
from app.core.planning.plan_result import Plan
from app.core.planning.pull_actions import MergePull

Choice = Callable[[RunTarget], bool]


def every(_: RunTarget) -> bool:
    """All of them."""
    return True


def but_others_plans(plan: Plan) -> Choice:
    """All but the plans of others' pull requests: they need a look at these first."""
    ours = {h.head for h in plan.heads} | {c.head for c in plan.closed}
    return lambda target: target.draft.name != PLAN or target.draft.sha in ours


def plans_to_merge(plan: Plan) -> Choice | None:
    """The plans on the heads that we are about to merge; None where there is no such head."""
    heads = {action.head for action in plan.actions if isinstance(action, MergePull)}
    if not heads:
        return None
    return lambda target: target.draft.name == PLAN and target.draft.sha in heads
