"""The pipeline card: what is to do about the freight of a pull request, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.core.model.names import FreightId, StageName
from app.core.model.verdicts import Verdict
from app.core.text import freeing, markup
from app.core.text.links import Site
from app.core.text.replies import LIMIT
from app.core.text.summaries import Row, footer, pipeline_table, wanted
from app.core.text.titles import title

Absence = Literal["passed", "left"]
"""Nothing is on its way: newer freight is there, or its commit has left the branch."""

_ABSENT: dict[Absence, str] = {
    "passed": "not reached: newer freight took its place",
    "left": "not reached: its commit left the branch",
}


class Part(NamedTuple):
    """Where *freight* is in each stage that its warehouse feeds, in needs-order."""

    freight: FreightId
    stages: tuple[tuple[StageName, Verdict | Absence], ...]


def to_do(verdict: Verdict, site: Site) -> str:
    """What a person must do, as at the start of `/why`; "" where it continues automatically."""
    return freeing.about(verdict, site) or wanted(verdict)


def card(parts: Sequence[Part], site: Site, event: str, *, over: bool) -> str:
    """What is to do comes first; then each freight with its stages. At most `LIMIT` bytes."""
    to_do = [line for part in parts for line in _to_do(part, site)]
    rest = "There is nothing left to do here." if over else "There is nothing to do now."
    body = "\n\n".join(("\n\n".join(to_do) or rest, *(_where(part, site) for part in parts)))
    where = site.everywhere(parts[0].freight.sha) if parts else markup.ALL
    return markup.fit(body, f"{KEPT}\n\n{footer(event)}", LIMIT, rest=where)


def no_pipeline(event: str) -> str:
    """No `stagelock.yaml` is in force any more."""
    said = "No `stagelock.yaml` is in force here: nothing is promoted."
    return markup.fit(said, footer(event), LIMIT)


KEPT = "<sub>This comment is updated as the promotions proceed.</sub>"


def _to_do(part: Part, site: Site) -> list[str]:
    """A paragraph a stage, each begins with "To do:"."""
    said = []
    for name, verdict in part.stages:
        words = to_do(verdict, site) if isinstance(verdict, Verdict) else ""
        said.append(words.replace("**To do:** ", f"**To do:** {markup.code(name)}: ", 1))
    return [words for words in said if words]


def _where(part: Part, site: Site) -> str:
    rows = tuple(
        Row(name, title(verdict) if isinstance(verdict, Verdict) else _ABSENT[verdict])
        for name, verdict in part.stages
    )
    return f"Where {site.checks(part.freight)} is:\n\n{pipeline_table(rows)}"
