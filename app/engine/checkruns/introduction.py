"""The run that introduces the plan is made once a repository: rows say where, and that it is."""

from __future__ import annotations

from dataclasses import replace

from app.core.checkruns.introduction import begins_on, is_made
from app.core.model.check_names import PLAN
from app.core.model.introductions import Introduction
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.ports import History
from app.ports.store import Claim


def introducing(history: History, claim: Claim, snapshot: Snapshot) -> Snapshot:
    """
    Choose the commit that gets the run, before anything is written; *snapshot* with the choice.

    It stays chosen, whatever the branch's tip is later: after a crash, or an answer that was lost,
    the run is looked for there.
    """
    known = snapshot.records.introduction
    there = () if known is None or known.told else _there(history, snapshot, known)
    commit = begins_on(snapshot, there)
    if commit is None:
        return snapshot
    chosen = Introduction(commit)
    history.introduce(claim, snapshot.repo.id, chosen)
    return replace(snapshot, records=replace(snapshot.records, introduction=chosen))


def introduced(history: History, claim: Claim, snapshot: Snapshot) -> None:
    """Once GitHub has confirmed the run, remember that: none is made any more."""
    known = snapshot.records.introduction
    if known is None or known.told:
        return
    if is_made(_there(history, snapshot, known)):
        history.introduce(claim, snapshot.repo.id, replace(known, told=True))


def _there(history: History, snapshot: Snapshot, known: Introduction) -> tuple[RunRecord, ...]:
    return history.runs_of(snapshot.repo.id, PLAN, known.commit)
