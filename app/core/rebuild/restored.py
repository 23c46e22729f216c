"""The records that are made of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.locks.services import uses_of
from app.core.model.cards import CardRecord
from app.core.model.check_names import LOCK, PREFIX, read_external_id
from app.core.model.comments import CommandRecord
from app.core.model.facts import CheckFact
from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.model.lock_services import ServiceUse
from app.core.model.names import FreightId, GroupName, Sha
from app.core.model.records import Freight, Hold, Promotion
from app.core.model.run_records import RunRecord
from app.core.rebuild.found import Finds, Seen
from app.core.rebuild.locks import counters, grants, unknown
from app.core.rebuild.rows import promotions

CONFIRM = "rebuilt, please confirm"
"""Why every automatic stage is held afterwards."""
ADOPTED = "rebuilt"
"""The digest of a run that was found: whatever it says, it is brought up to date."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Records of one repository, to be stored together."""

    at: datetime
    config: Sha
    """The commit whose `stagelock.yaml` is in force."""
    freights: tuple[Freight, ...] = ()
    """Oldest first."""
    promotions: tuple[Promotion, ...] = ()
    """Oldest first."""
    requests: tuple[LockRequest, ...] = ()
    """By place, without ids."""
    counters: Mapping[GroupName, int] = field(default_factory=dict)
    """The last fencing token of each group that counts as given."""
    unknown: tuple[DirectRequest, ...] = ()
    """Whoever held a group besides, one request a group."""
    runs: tuple[RunRecord, ...] = ()
    holds: tuple[Hold, ...] = ()
    answered: tuple[CommandRecord, ...] = ()
    heard_until: datetime | None = None
    """Comments since then are looked at again; None: not known."""
    cards: tuple[CardRecord, ...] = ()
    outside: tuple[ServiceUse, ...] = ()
    """Locks at external services under whose names of before something may be held still."""


def restored(finds: Finds) -> Restored:
    """The records that *finds* bears out; the same finds give the same records."""
    rows = promotions(finds)
    return Restored(
        at=finds.now,
        config=finds.config,
        freights=tuple(_freights(finds)),
        promotions=rows,
        requests=grants(finds, rows),
        counters=counters(finds),
        unknown=unknown(finds),
        runs=tuple(_runs(finds)),
        holds=tuple(
            Hold(stage.name, CONFIRM, "", finds.now)
            for stage in finds.pipeline.stages.values()
            if stage.auto
        ),
        answered=finds.answered,
        heard_until=finds.heard_until,
        cards=finds.cards,
        outside=uses_of(finds.pipeline.locks, finds.pipeline.locks),
    )


def _freights(finds: Finds) -> list[Freight]:
    freights: dict[FreightId, Freight] = {}
    for seen in finds.seen:
        freights.setdefault(seen.freight, Freight(seen.freight, _minted_at(finds, seen)))
    return list(freights.values())


def _minted_at(finds: Finds, seen: Seen) -> datetime:
    """Our first run there; a commit's own time is its author's word."""
    spoken = (r.started_at for r in seen.runs if _of_stage(r) and r.started_at)
    return min(spoken, default=finds.now)


def _of_stage(run: CheckFact) -> bool:
    return run.name.startswith(PREFIX) and not run.name.startswith(LOCK)


def _runs(finds: Finds) -> list[RunRecord]:
    """Every run of ours under its natural key; of a doubled one the newer."""
    records: dict[tuple[str, Sha, int], RunRecord] = {}
    for sha, runs in finds.runs.items():
        for run in runs:
            key = read_external_id(run.name, run.external_id)
            if key is None:
                continue
            begun = run.started_at or run.completed_at or finds.now
            records[run.name, sha, key[1]] = RunRecord(
                name=run.name,
                sha=sha,
                serial=key[1],
                external_id=run.external_id,
                run_id=run.id,
                status=run.status,
                digest=ADOPTED,
                created_at=begun,
                written_at=run.completed_at or begun,
                ready=run.conclusion in ("neutral", "failure") and _of_stage(run),
            )
    return list(records.values())
