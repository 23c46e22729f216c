"""Which of the runs that should exist are written now."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.checkruns import RunTarget
from app.core.model.check_names import PLAN
from app.core.model.names import Sha
from app.core.planning.actions import MergePull
from app.core.planning.plan_result import Plan


def merging(found: Plan) -> frozenset[Sha]:
    """The heads that are about to be merged by us."""
    return frozenset(a.head for a in found.actions if isinstance(a, MergePull))


def chosen(
    targets: Iterable[RunTarget], found: Plan, *, others: bool, only: frozenset[Sha] = frozenset()
) -> list[RunTarget]:
    """
    *targets*, the plans of others' pull requests only if *others*: they need a look at them first.

    With *only*: nothing but the plans on these heads.
    """
    ours = {h.head for h in found.heads} | {c.head for c in found.closed}
    return [
        target
        for target in targets
        if (
            target.draft.name == PLAN and target.draft.sha in only
            if only
            else others or target.draft.name != PLAN or target.draft.sha in ours
        )
    ]
