"""Runs that promise something and that no decision speaks of any more: each gets an end."""

from __future__ import annotations

from collections.abc import Collection

from app.core.checkruns.heads import replaced_head
from app.core.checkruns.stages import stage_target
from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import LOCK, PLAN, PREFIX, read_external_id
from app.core.model.facts import RunDraft
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.records import Promotion
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import PassedBy
from app.core.planning.plan_result import MintWait
from app.core.state.freight_order import Placed
from app.core.text import minting
from app.core.text.ends_of_runs import (
    NEVER_MINTED,
    TAKEN_OVER,
    WENT_ON,
    LastWords,
    not_on_its_way,
    removed,
)
from app.core.text.links import Site
from app.core.text.markup import as_title, event_id, fit
from app.core.text.outcomes import as_verdict
from app.core.text.summaries import footer


def orphan_targets(
    snapshot: Snapshot,
    spoken: Collection[tuple[str, Sha]],
    waits: Collection[MintWait],
    site: Site,
) -> list[RunTarget]:
    """An end for the newest run of each name and commit that is not *spoken* of and not over."""
    newest: dict[tuple[str, Sha], RunRecord] = {}
    for run in snapshot.records.runs:
        known = newest.get((run.name, run.sha))
        if known is None or known.serial < run.serial:
            newest[run.name, run.sha] = run
    return [
        _end(snapshot, run, waits, site)
        for key, run in newest.items()
        if run.open and key not in spoken
    ]


def _end(snapshot: Snapshot, run: RunRecord, waits: Collection[MintWait], site: Site) -> RunTarget:
    if run.name == PLAN:
        return replaced_head(snapshot, run.sha)
    if run.name.startswith(LOCK):
        return _closed(snapshot, run, TAKEN_OVER)
    stage = StageName(run.name.removeprefix(PREFIX))
    pipeline = snapshot.config.pipeline
    promotion = _promotion(snapshot, stage, run.sha)
    if pipeline is not None and stage in pipeline.stages and promotion is None:
        fed = pipeline.stages[stage]
        if not fed.upstreams and _waited(snapshot, run, fed.freight):
            return _never_minted(snapshot, run, fed.freight, waits)
    if pipeline is None or stage not in pipeline.stages or promotion is None:
        gone = pipeline is None or stage not in pipeline.stages
        return _closed(snapshot, run, removed(stage) if gone else WENT_ON)
    if not promotion.ended:
        return _closed(snapshot, run, not_on_its_way(stage))
    ended = as_verdict(promotion)._replace(passed_by=_went_on(snapshot, promotion))
    return stage_target(snapshot, ended, run.sha, site, run=run)


def _waited(snapshot: Snapshot, run: RunRecord, warehouse: WarehouseName) -> bool:
    """It spoke of a commit that is no freight, and of none of our promotions."""
    natural = read_external_id(run.name, run.external_id)
    freight = FreightId(warehouse, run.sha)
    return (natural is None or not natural[0]) and Placed(snapshot).minted_at(freight) is None


def _never_minted(
    snapshot: Snapshot, run: RunRecord, warehouse: WarehouseName, waits: Collection[MintWait]
) -> RunTarget:
    """Its commit waited to become freight, and a newer one took over."""
    newer = next((wait.commit for wait in waits if wait.warehouse == warehouse), None)
    minted = Placed(snapshot).newest(warehouse)
    title = minting.over(newer or (minted.sha if minted is not None else None))
    return _closed(snapshot, run, LastWords(title, NEVER_MINTED), "skipped")


def _promotion(snapshot: Snapshot, stage: StageName, sha: Sha) -> Promotion | None:
    """The newest promotion that a run of *stage* on *sha* can speak of."""
    return next(
        (
            p
            for p in reversed(snapshot.records.promotions)
            if p.stage == stage and sha in (p.freight.sha, p.landed)
        ),
        None,
    )


def _went_on(snapshot: Snapshot, promotion: Promotion) -> PassedBy:
    """Only the newest attempt at a freight offers anything, and none while another is asked for."""
    about = (promotion.stage, promotion.freight)
    promotions = (p for p in reversed(snapshot.records.promotions) if (p.stage, p.freight) == about)
    if next(promotions, promotion).id != promotion.id:
        return "again"
    words = (o for o in snapshot.records.orders if o.verb in ("promote", "retry"))
    return "asked" if any((o.stage, o.freight) == about for o in words) else ""


def _closed(
    snapshot: Snapshot, run: RunRecord, words: LastWords, conclusion: str = "cancelled"
) -> RunTarget:
    title, why = words
    event = event_id(snapshot.repo.id, run.name, run.sha, title)
    draft = RunDraft(
        run.name, run.sha, "", "completed", conclusion, as_title(title), fit(why, footer(event))
    )
    return RunTarget(draft, "orphan", Weight.END, event, existing_only=True)
