"""What the first `stagelock.yaml` of a repository would do at once, in Markdown, for all places."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.names import Sha
from app.core.model.previews import FirstTick
from app.core.text import markup
from app.core.text.fitted import fitted
from app.core.text.starter_report import first_tick
from app.core.text.summaries import section


def title(ticks: Sequence[FirstTick]) -> str:
    """``the first stagelock.yaml: will promote to dev, staging``."""
    moved = [tick.stage for tick in ticks if _moves(tick)]
    if not moved:
        return "the first stagelock.yaml: promotes nothing automatically"
    return fitted(
        "the first stagelock.yaml: will promote to {stages}", {"stages": ", ".join(moved)}
    )


def _moves(tick: FirstTick) -> bool:
    """Something is written there automatically, now or after its upstreams."""
    foreign = tick.values or tick.files
    still = tick.explained is not None or foreign or tick.problem or not tick.auto
    return tick.writes and tick.freight is not None and not still


def table(ticks: Sequence[FirstTick], itself: Sha) -> str:
    """
    A row a stage. *itself* is the commit that adds the file, which has no id yet.

    Commands are no code here: nobody can type them with effect before it is merged.
    """
    rows = [
        f"| {markup.code(tick.stage)} | {markup.escape(first_tick(tick, itself), 1000)} |"
        for tick in ticks
    ]
    head = "| stage | what happens first |\n|---|---|\n"
    return section("Once it is merged", head + "\n".join(rows) if rows else "")
