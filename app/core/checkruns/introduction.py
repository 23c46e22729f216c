"""`stagelock / plan` once on the default branch's tip: GitHub offers what it knows as required."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import PLAN, read_external_id
from app.core.model.facts import RunDraft
from app.core.model.introductions import INTRODUCED, Introduction
from app.core.model.names import Sha
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.core.text import plan_runs as words
from app.core.text.markup import event_id


def begins_on(snapshot: Snapshot, there: Iterable[RunRecord]) -> Sha | None:
    """
    The commit that is to be chosen for the run now: the default branch's tip, where a pipeline has
    come into force; None: it is chosen, or none is in force.

    *there* are the plans on the commit that was chosen before. Where GitHub would not have the run
    (the commit is gone), another is chosen.
    """
    known, tip = snapshot.records.introduction, snapshot.tips.get(snapshot.default_branch)
    config = snapshot.config
    if config.pipeline is None or config.status == "absent":
        return None
    if known is None:
        return tip
    refused = any(introduces(run) and run.run_id is None and run.digest for run in there)
    return tip if not known.told and refused and tip != known.commit else None


def introduction(snapshot: Snapshot) -> RunTarget | None:
    """The run, on the commit that was chosen; None: none is, or GitHub has confirmed it."""
    known = _due(snapshot)
    if known is None or is_made(plans(snapshot, known.commit)):
        return None
    commit = known.commit
    there = newest_plan(snapshot, commit)
    event = event_id(snapshot.repo.id, PLAN, commit, INTRODUCED)
    text = words.introduced(snapshot.repo.full_name, event)
    draft = RunDraft(PLAN, commit, "", "completed", "success", words.INTRODUCED, text)
    anew = there is not None and not introduces(there)
    return RunTarget(draft, INTRODUCED, Weight.BEGINNING, event, about=INTRODUCED, anew=anew)


def introduced_on(snapshot: Snapshot) -> set[Sha]:
    """The commit on which it is to be made, or may have been."""
    known = _due(snapshot)
    return {known.commit} if known is not None else set()


def in_doubt(snapshot: Snapshot) -> bool:
    """Tell whether it was sent, and nobody knows whether it arrived."""
    known = _due(snapshot)
    run = newest_plan(snapshot, known.commit) if known is not None else None
    return run is not None and introduces(run) and run.run_id is None and not run.digest


def is_made(there: Iterable[RunRecord]) -> bool:
    """Tell whether GitHub confirmed the run, by all plans that we know of on its commit."""
    return any(introduces(run) and run.run_id is not None and run.digest != "" for run in there)


def introduces(run: RunRecord) -> bool:
    """Tell whether *run* speaks of no pull request, but introduces the plan."""
    return run.name == PLAN and (read_external_id(PLAN, run.external_id) or ("",))[0] == INTRODUCED


def newest_plan(snapshot: Snapshot, commit: Sha) -> RunRecord | None:
    """The run that speaks for the plan on *commit*."""
    return max(plans(snapshot, commit), key=lambda run: run.serial, default=None)


def plans(snapshot: Snapshot, commit: Sha) -> list[RunRecord]:
    """All that we know of on *commit*."""
    return [run for run in snapshot.records.runs if (run.name, run.sha) == (PLAN, commit)]


def _due(snapshot: Snapshot) -> Introduction | None:
    known = snapshot.records.introduction
    return known if known is not None and not known.told else None
