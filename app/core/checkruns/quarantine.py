"""What is said of a repository whose looks die with their processes, and when they do no more."""

from __future__ import annotations

from datetime import datetime

from app.core.checkruns.target import RunTarget, Weight
from app.core.model.check_names import CONFIG, read_external_id
from app.core.model.facts import RunDraft
from app.core.model.names import Sha
from app.core.model.snapshot import Snapshot
from app.core.text.markup import event_id, fit, moment, plain
from app.core.text.summaries import footer

_ABOUT = "quarantine"
"""Stands in the natural key of such a run where others name their promotion."""
_NEXT = """\
and whenever that breaks off, too, after a longer pause, up to an hour. Nothing is lost: what is due
happens with the first look that comes to its end. Other repositories go on as usual.

To do: if it stays so, ask whoever runs Stagelock to look for this repository in the log."""


def quarantine_run(repo_id: int, tip: Sha, times: int, why: str, again: datetime) -> RunTarget:
    """
    The run on the default branch's *tip*: *times* looks in a row broke off, the last of *why*.
    """
    title = f"Stagelock cannot work on this repository: {times} looks broke off"
    event = event_id(repo_id, CONFIG, tip, title)
    first = f"**{times} looks at this repository in a row broke off; the last one: {plain(why)}.**"
    text = f"{first}\n\nIt is looked at again at {moment(again)}, {_NEXT}"
    draft = RunDraft(CONFIG, tip, "", "completed", "failure", title, fit(text, footer(event)))
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
    title = "Stagelock works on this repository again"
    event = event_id(repo_id, CONFIG, sha, title)
    draft = RunDraft(
        CONFIG,
        sha,
        "",
        "completed",
        "success",
        title,
        fit("What was due meanwhile is done now.", footer(event)),
    )
    return RunTarget(draft, "recovered", Weight.END, event, existing_only=True)
