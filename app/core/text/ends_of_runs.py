"""The last words of a run that no decision speaks of any more: its title, and why."""

from __future__ import annotations

from typing import NamedTuple

from app.core.model.names import StageName


class LastWords(NamedTuple):
    """What such a run says for good."""

    title: str
    why: str


MOVED_ON = LastWords("this head is no longer proposed", "The pull request moved on.")
TAKEN_OVER = LastWords(
    "superseded: its place in the queue was taken over",
    "Newer freight took over its place in the queue, or the promotion is no longer kept.",
)
WENT_ON = LastWords(
    "passed over: newer freight went on",
    "The stage went on with newer freight, which holds its changes too.",
)
NEVER_MINTED = "This commit made no freight. What is newer on its branch holds its changes too."


def removed(stage: StageName) -> LastWords:
    """The pipeline in force does not have the stage."""
    why = "The stage is not in the `stagelock.yaml` that is in force."
    return LastWords(f"cancelled: {stage} was removed", why)


def not_on_its_way(stage: StageName) -> LastWords:
    """The promotion goes on, but not on this commit."""
    return LastWords(f"no longer on its way to {stage}", "Nothing waits for it.")
