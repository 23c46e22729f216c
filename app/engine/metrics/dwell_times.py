"""How freights move through the stages, told to logs and metrics: stays, and lead times."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Verdict
from app.core.planning.dwell_times import StayEnd, Stays
from app.core.planning.plan_result import Plan
from app.core.planning.retry_pauses import Patience
from app.observe import Metrics, stage_id
from app.ports import GitRepo

log = logging.getLogger("stagelock.progress")


class Progress:
    """One tick of one repository. *written* is what `written` gave at the end of the last one."""

    def __init__(
        self,
        metrics: Metrics,
        repo_id: int,
        git: GitRepo,
        written: Mapping[str, Sequence[str]],
        patience: Patience,
    ) -> None:
        self._metrics = metrics
        self._repo_id = repo_id
        self._git = git
        self._stays = Stays(written)
        self.patience = patience

    def saw(self, snapshot: Snapshot, plan: Plan) -> None:
        """Take in a plan; a freight that was verified since the last one has its lead time told."""
        for move in self._stays.saw(plan.verdicts, snapshot.now):
            self._metrics.left(move.stay.phase, move.stay.reason, move.at - move.stay.since)
            if move.verdict is not None and move.verified:
                self._tell_lead(move, move.verdict)

    def written(self) -> Mapping[str, Sequence[str]]:
        """Where everything is, and what had no answer, to be kept until the next tick."""
        return {**self._stays.written(), **self.patience.written()}

    def _tell_lead(self, move: StayEnd, verdict: Verdict) -> None:
        commits = self._git.first_parents(verdict.freight.sha, limit=1)
        if not commits:
            return
        lead = move.at - commits[0].committed_at
        self._metrics.lead(self._repo_id, verdict.stage, lead)
        promotion = verdict.promotion
        log.info(
            "%s verified in %s",
            verdict.freight.short,
            verdict.stage,
            extra={
                "action": "freight.verified",
                "promotion": promotion.id if promotion else None,
                "freight": str(verdict.freight),
                "stage": verdict.stage,
                "stage_id": stage_id(self._repo_id, verdict.stage),
                "lead_seconds": round(max(0.0, lead.total_seconds()), 3),
            },
        )
