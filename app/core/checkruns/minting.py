"""`stagelock / <stage>` on a commit that is no freight yet: minting is a gate that people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from app.core.checkruns.stages import AT_ONCE
from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import stage_run
from app.core.model.facts import RunDraft
from app.core.model.names import Sha, StageName
from app.core.model.pipeline import Pipeline
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import MintWait
from app.core.text import minting as words
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.summaries import Row


def mint_targets(
    snapshot: Snapshot,
    waits: Iterable[MintWait],
    site: Site,
    others: Mapping[Sha, AbstractSet[str]],
) -> list[RunTarget]:
    """
    A run of each stage directly on the warehouse, on the newest commit that waits.

    *others* are the names of all other runs that a commit gets: they take room. Where GitHub
    cannot be asked now, what a run says already stands.
    """
    pipeline = snapshot.config.pipeline
    written = {(run.name, run.sha) for run in snapshot.records.runs}
    targets: list[RunTarget] = []
    for wait in waits:
        stages = directly_on(pipeline, wait)
        room = max(AT_ONCE - len(others.get(wait.commit, ())), 1)
        rows = tuple(Row(stage, words.title(wait)) for stage in stages[room:])
        targets += [
            _target(snapshot, wait, stage, rows, site)
            for stage in stages[:room]
            if not (wait.unanswered and (stage_run(stage), wait.commit) in written)
        ]
    return targets


def mint_keys(snapshot: Snapshot, waits: Iterable[MintWait]) -> set[tuple[str, Sha]]:
    """The runs that speak of commits that wait: none of them is an orphan."""
    pipeline = snapshot.config.pipeline
    return {(stage_run(s), wait.commit) for wait in waits for s in directly_on(pipeline, wait)}


def directly_on(pipeline: Pipeline | None, wait: MintWait) -> tuple[StageName, ...]:
    """The stages that freight of this commit would enter first."""
    if pipeline is None:
        return ()
    return tuple(
        s.name for s in pipeline.stages.values() if s.freight == wait.warehouse and not s.upstreams
    )


def _target(
    snapshot: Snapshot, wait: MintWait, stage: StageName, rows: tuple[Row, ...], site: Site
) -> RunTarget:
    name = stage_run(stage)
    kind = "failed" if wait.failed else "cut off" if wait.cut_off else "waiting"
    state = f"minting:{kind}:{','.join(wait.checks)}"
    event = event_id(snapshot.repo.id, name, wait.commit, state)
    draft = RunDraft(
        name,
        wait.commit,
        "",
        "completed" if wait.failed else "queued",
        "failure" if wait.failed else None,
        words.title(wait),
        words.summary(wait, stage, site, event, rows),
    )
    return RunTarget(draft, state, Weight.TROUBLE if wait.failed else Weight.BEGINNING, event)
