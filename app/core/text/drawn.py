"""
The pipeline as a picture: Mermaid, which GitHub draws in check runs and comments.

Whatever a name holds, it stays a label: nodes have ids of our own, and of a label's characters all
but letters, digits and a few are written by their numbers.
https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

from app.core.model.names import StageName
from app.core.model.pipeline import Pipeline, Stage
from app.core.text import markup

MOST = 100
"""Stages: of more a picture shows nothing."""
ARROWS, CHARACTERS = 500, 50_000
"""
What Mermaid draws at most.
https://mermaid.js.org/config/schema-docs/config.html#maxedges
https://mermaid.js.org/config/schema-docs/config.html#maxtextsize
"""
_PLAIN = frozenset(string.ascii_letters + string.digits + " ._-/")


def drawn(pipeline: Pipeline) -> str:
    """A fenced block with warehouses, stages, what feeds what, and what each of them waits for."""
    stages = pipeline.stages
    if not stages:
        return ""
    if len(stages) > MOST:
        return f"{len(stages)} stages are too many for a picture."
    if sum(max(1, len(stage.upstreams)) for stage in stages.values()) > ARROWS:
        return f"{len(stages)} stages need each other too often for a picture."
    ids = {name: f"s{number}" for number, name in enumerate(stages)}
    picture = "\n".join(("flowchart LR", *_lines(pipeline, ids)))
    if len(picture) > CHARACTERS:
        return f"The names of {len(stages)} stages and their checks are too long for a picture."
    return f"```mermaid\n{picture}\n```"


def _lines(pipeline: Pipeline, ids: Mapping[StageName, str]) -> Iterator[str]:
    used = {stage.freight for stage in pipeline.stages.values()}
    for number, name in enumerate(pipeline.warehouses):
        if name in used:
            yield f'  w{number}[("{label(name)}")]'
    numbers = {name: f"w{number}" for number, name in enumerate(pipeline.warehouses)}
    for stage in pipeline.stages.values():
        yield f'  {ids[stage.name]}["{"<br>".join(map(label, _said(stage)))}"]'
        for upstream in stage.upstreams:
            yield f"  {ids[upstream]} {'-.->' if stage.needs_any else '-->'} {ids[stage.name]}"
        if not stage.upstreams:
            yield f"  {numbers[stage.freight]} --> {ids[stage.name]}"


def _said(stage: Stage) -> Iterator[str]:
    """The lines of a stage's box: its name, and what holds freight up on its way in."""
    yield stage.name
    if stage.locks:
        yield f"lock {markup.listed(stage.locks, 3)}"
    if stage.verifies:
        yield f"verified by {markup.listed(stage.awaited, 3)}"
    if stage.via == "pull-request":
        yield "by pull request"
    if not stage.auto:
        yield "when somebody says so"
    if stage.approve is not None:
        yield "approved by people"


def label(text: str) -> str:
    """*text* so that Mermaid shows it as it is, whatever it is."""
    shown = markup.plain(text, 80)
    return "".join(c if c in _PLAIN else f"#{ord(c)};" for c in shown)
