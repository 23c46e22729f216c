"""Runs of checks: what a person wants run again, and what a timeout ends."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from app.core.model.facts import CheckFact
from app.core.model.records import Promotion
from app.core.model.verdicts import Reason
from app.core.planning.actions import CancelChecks, Rerun
from app.core.planning.stage_plan import ended
from app.engine.actions.context import Desk
from app.errors import Denied, Missing, Rejected

log = logging.getLogger("stagelock.checks")


def act(desk: Desk, action: Rerun | CancelChecks) -> None:
    """Carry out one of the actions on checks."""
    match action:
        case Rerun(promotion, checks):
            _rerun(desk, promotion, checks)
        case CancelChecks(_, checks):
            _cancel(desk, checks)
    desk.survey.hearing.forget(check.id for check in action.checks)


def _rerun(desk: Desk, promotion: Promotion, checks: Sequence[CheckFact]) -> None:
    """
    What GitHub does not run again goes on having failed; if that is everything, so has the attempt.

    A commit status is one: only who posted it can post it anew, and that counts then.
    """
    refused: dict[int, str] = {}
    for check in checks:
        desk.lease.check()
        try:
            desk.forge.rerun(desk.repo, check)
        except (Denied, Missing, Rejected) as error:
            log.warning("%s", error.message, extra={"action": "checks.not-rerun"})
            refused[check.id] = error.message
    if len(refused) < len(checks) or not checks:
        reran = tuple(run for run in promotion.reran if run not in refused)
        desk.save(replace(promotion, reran=reran))
        return
    words = "; ".join(dict.fromkeys(refused.values()))
    as_before = replace(promotion, reran=())  # nothing was begun: what failed still counts
    desk.save(ended(as_before, desk.now, "failed", Reason.NOT_RERUN, words))


def _cancel(desk: Desk, checks: Sequence[CheckFact]) -> None:
    for check in checks:
        desk.lease.check()
        try:
            desk.forge.cancel_workflow(desk.repo, check)
        except (Denied, Missing, Rejected) as error:
            # It may have ended by itself; if not, its lock turns suspect and says so.
            log.info("%s", error.message, extra={"action": "checks.not-cancelled"})
