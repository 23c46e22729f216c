"""Every push goes through here: it is counted and logged with how it ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from app.core.model.facts import RefUpdate
from app.errors import Conflict, Denied, Missing, OutsideError, Rejected
from app.observe import Metrics
from app.ports import GitRepo

log = logging.getLogger("stagelock.push")

PushKind = Literal["promotion", "branch", "head", "delete", "locks"]


def push(git: GitRepo, metrics: Metrics, kind: PushKind, updates: Sequence[RefUpdate]) -> None:
    """Make the push of *updates*, all or nothing; raises what `GitRepo.push` raises."""
    told = {
        "kind": kind,
        "refs": ",".join(update.ref for update in updates),
        "commit": ",".join(update.new or "deleted" for update in updates),
    }
    try:
        git.push(updates)
    except OutsideError as error:
        outcome = _outcome(error)
        metrics.push(kind, outcome)
        log.warning(
            "%s", error.message, extra={"action": "push.failed", "outcome": outcome, **told}
        )
        raise
    metrics.push(kind, "landed")
    log.info("landed", extra={"action": "push.landed", **told})


def _outcome(error: OutsideError) -> str:
    """`moved`: the tip was another. `refused`: a rule said no. `unanswered`: nobody knows yet."""
    match error:
        case Conflict():
            return "moved"
        case Rejected():
            return "refused"
        case Denied():
            return "denied"
        case Missing():
            return "missing"
        case _:
            return "unanswered"
