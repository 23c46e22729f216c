"""Runs that promise something and that no decision speaks of any more: each gets an end."""

from __future__ import annotations

from collections.abc import Collection

from app.core.explain.endings import as_verdict
from app.core.explain.markup import as_title, event_id, fit
from app.core.explain.site import Site
from app.core.explain.summaries import footer
from app.core.facts import RunDraft
from app.core.names import Sha, StageName
from app.core.records import Promotion, RunRecord
from app.core.runs.stages import stage_target
from app.core.runs.target import LOCK, PLAN, PREFIX, RunTarget, Weight
from app.core.snapshot import Snapshot


def orphan_targets(
    snapshot: Snapshot, spoken: Collection[tuple[str, Sha]], site: Site
) -> list[RunTarget]:
    """An end for the newest run of each name and commit that is not *spoken* of and not over."""
    newest: dict[tuple[str, Sha], RunRecord] = {}
    for run in snapshot.records.runs:
        known = newest.get((run.name, run.sha))
        if known is None or known.serial < run.serial:
            newest[run.name, run.sha] = run
    return [
        _end(snapshot, run, site) for key, run in newest.items() if run.open and key not in spoken
    ]


def _end(snapshot: Snapshot, run: RunRecord, site: Site) -> RunTarget:
    if run.name == PLAN:
        return _closed(
            snapshot, run, "this head is no longer proposed", "The pull request moved on."
        )
    if run.name.startswith(LOCK):
        why = "Newer freight took over its place in the queue, or the promotion is no longer kept."
        return _closed(snapshot, run, "superseded: its place in the queue was taken over", why)
    stage = StageName(run.name.removeprefix(PREFIX))
    pipeline = snapshot.config.pipeline
    promotion = _promotion(snapshot, stage, run.sha)
    if pipeline is None or stage not in pipeline.stages or promotion is None:
        gone = pipeline is None or stage not in pipeline.stages
        title = f"cancelled: {stage} was removed" if gone else "passed over: newer freight went on"
        why = (
            "The stage is not in the `stagelock.yaml` that is in force."
            if gone
            else "The stage went on with newer freight, which holds its changes too."
        )
        return _closed(snapshot, run, title, why)
    if not promotion.ended:
        return _closed(snapshot, run, f"no longer on its way to {stage}", "Nothing waits for it.")
    return stage_target(snapshot, as_verdict(promotion), run.sha, site)


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


def _closed(snapshot: Snapshot, run: RunRecord, title: str, why: str) -> RunTarget:
    event = event_id(snapshot.repo.id, run.name, run.sha, title)
    draft = RunDraft(
        run.name, run.sha, "", "completed", "cancelled", as_title(title), fit(why, footer(event))
    )
    return RunTarget(draft, "orphan", Weight.END, event, existing_only=True)
