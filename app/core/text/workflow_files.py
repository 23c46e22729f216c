"""What `stagelock / config` says of the workflows that stages start."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.text import markup


def missing(file: str, branch: str, stage: str) -> str:
    """GitHub starts only what the default branch has, and runs what the stage's branch has."""
    return (
        f"`.github/workflows/{file}` is not on `{branch}`: what is promoted to `{stage}` fails "
        "until it is there, for GitHub starts a workflow that the default branch and the stage's "
        "branch have"
    )


def not_startable(file: str, branch: str) -> str:
    """It has another trigger alone."""
    return (
        f"`{file}` on `{branch}` has no `workflow_dispatch` below its `on`: it cannot be started "
        "for a promotion"
    )


def untold(file: str, branch: str, names: Sequence[str]) -> str:
    """What its runs are not told."""
    inputs = markup.listed(f"`{name}`" for name in names)
    word = "input" if len(names) == 1 else "inputs"
    return f"`{file}` on `{branch}` does not declare the {word} {inputs}: its runs are not told"
