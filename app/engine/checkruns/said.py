"""What our runs said where a plan may speak."""

from __future__ import annotations

from app.core.checkruns.commits import commits, with_runs
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.ports import History


def with_said(history: History, snapshot: Snapshot, plan: Plan) -> Snapshot:
    """*snapshot* with what was said, however long ago, where *plan* may speak."""
    said = history.runs_on(snapshot.repo.id, commits(snapshot, plan))
    return with_runs(snapshot, said)
