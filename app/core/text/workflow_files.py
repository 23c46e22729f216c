"""The texts of `stagelock / config` about the workflows that stages start."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.text import markup


def missing(file: str, branch: str, stage: str) -> str:
    """GitHub starts only what the default branch has, and runs what the stage's branch has."""
    return (
        f"`.github/workflows/{file}` is not on `{branch}`: promotions to `{stage}` fail until it "
        "is, because GitHub only starts workflows that are on the default branch and on the "
        "stage's branch"
    )


def not_startable(file: str, branch: str) -> str:
    """It only has other triggers."""
    return (
        f"`{file}` on `{branch}` has no `workflow_dispatch` below its `on`: it cannot be started "
        "for a promotion"
    )


def untold(file: str, branch: str, names: Sequence[str]) -> str:
    """Which inputs its runs do not get."""
    inputs = markup.listed(f"`{name}`" for name in names)
    word, them = ("input", "it") if len(names) == 1 else ("inputs", "them")
    return f"`{file}` on `{branch}` lacks the {word} {inputs}, so its runs do not get {them}"
