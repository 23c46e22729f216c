"""The run of a repository whose looks die with their processes, and its end when they do not."""

from __future__ import annotations

from datetime import datetime

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import CONFIG, read_external_id
from app.core.model.facts import RunDraft
from app.core.model.names import Sha
from app.core.model.snapshot import Snapshot
from app.core.text import quarantine as words
from app.core.text.markup import event_id

_ABOUT = "quarantine"
"""Stands in the natural key of such a run where others name their promotion."""


def quarantine_run(repo_id: int, tip: Sha, times: int, why: str, again: datetime) -> RunTarget:
    """
    The run on the default branch's *tip*: *times* looks in a row broke off, the last of *why*.
    """
    title = words.title(times)
    event = event_id(repo_id, CONFIG, tip, title)
    text = words.summary(times, why, again, event)
    draft = RunDraft(CONFIG, tip, "", "completed", "failure", title, text)
    return RunTarget(draft, f"quarantined {times}", Weight.TROUBLE, event, about=_ABOUT)


def recovered_runs(snapshot: Snapshot) -> list[RunTarget]:
    """A look has come to its end: runs that said that none does say so."""
    return [
        _recovered(snapshot.repo.id, run.sha)
        for run in snapshot.records.runs
        if run.name == CONFIG
        and (read_external_id(run.name, run.external_id) or ("",))[0] == _ABOUT
    ]


def _recovered(repo_id: int, sha: Sha) -> RunTarget:
    title = words.RECOVERED
    event = event_id(repo_id, CONFIG, sha, title)
    text = words.recovered(event)
    draft = RunDraft(CONFIG, sha, "", "completed", "success", title, text)
    return RunTarget(draft, "recovered", Weight.END, event, existing_only=True)
