"""The final title and summary of a run that no decision concerns any more."""

from __future__ import annotations

from typing import NamedTuple

from app.core.model.names import StageName


class LastWords(NamedTuple):
    """What such a run shows from then on."""

    title: str
    why: str


MOVED_ON = LastWords("this head is no longer proposed", "The pull request has a newer head.")
TAKEN_OVER = LastWords(
    "superseded: its place in the queue was taken over",
    "Newer freight took over its place in the queue, or the promotion is no longer kept.",
)
WENT_ON = LastWords(
    "passed over: newer freight took its place",
    "The stage moved on to newer freight, which includes its changes.",
)
NEVER_MINTED = "This commit never became freight. Newer commits of its branch include its changes."


def removed(stage: StageName) -> LastWords:
    """The pipeline in force does not have the stage."""
    why = "The stage is not in the `stagelock.yaml` that is in force."
    return LastWords(f"cancelled: {stage} was removed", why)


def not_on_its_way(stage: StageName) -> LastWords:
    """The promotion continues, but not with this commit."""
    return LastWords(f"no longer on its way to {stage}", "Nothing waits for it.")
