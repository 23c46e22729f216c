"""What a change would bring to the stages, in words: Markdown for checks, text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.model.names import StageName
from app.core.model.previews import FileChanges, Held, Ignored, StagePreview
from app.core.text import hand_edits, markup, sinks
from app.core.text.summaries import section
from app.core.text.terminal import plain

_ALL = "`stagelock plan --ref COMMIT`"
SHOWN = 300
"""Files of one stage that a check names; the others are counted, and a command names all."""


def counts(changes: FileChanges) -> str:
    """``3 files: 1 deleted, 2 changed``; ``nothing: already there``."""
    if not changes.count:
        return "nothing: already there"
    kinds = (("deleted", changes.deleted), ("changed", changes.changed), ("copied", changes.copied))
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds if count)
    return f"{files(changes.count)}: {said}"


def files(count: int) -> str:
    """``1 file``, ``3,000 files``."""
    return f"{count:,} file{'s' * (count != 1)}"


def cell(preview: StagePreview | None) -> str:
    """What changes in the stage, for its row of the table."""
    if preview is None:
        return ""
    if preview.problem:
        return f"cannot be written: {markup.marked(preview.problem)}"
    return counts(preview.changes) if preview.changes is not None else ""


def contact(stage: StageName, held: Held) -> str:
    """``prod holds `v1.8.3`, which no freight explains: nothing happens until ...``"""
    if held.values:
        what = f"{markup.listed(markup.code(v) for v in held.values)}, which no freight explains"
    else:
        what = (
            f"{files(held.files)} that no freight explains"
            if held.files
            else ("content that no freight explains")
        )
    word = markup.code(f"/promote {stage}")
    return f"{markup.code(stage)} holds {what}: nothing happens there until {word}."


def sections(previews: Sequence[StagePreview], rest: str) -> Iterator[str]:
    """
    What there is to know before it is merged, the worst first: deletions, what was never promoted
    to, hand edits; then all other files. *rest* is where all of the change can be read.
    """
    yield section("Deleted", _listed(previews, ("deleted",), rest))
    foreign = (
        contact(preview.stage, preview.foreign)
        for preview in previews
        if preview.foreign is not None
    )
    yield section("First contact", "\n".join(f"- {text}" for text in foreign))
    yield section("Hand edits already there", "\n\n".join(_edited(previews)))
    yield section("Changed and copied", _listed(previews, ("changed", "copied"), rest))


def _listed(previews: Iterable[StagePreview], kinds: Sequence[str], rest: str) -> str:
    return "\n\n".join(text for preview in previews if (text := _files(preview, kinds, rest)))


def _files(preview: StagePreview, kinds: Sequence[str], rest: str) -> str:
    if preview.changes is None:
        return ""
    count = sum(getattr(preview.changes, kind) for kind in kinds)
    named = [change for change in preview.changes.first if change.kind in kinds][:SHOWN]
    rows = [f"- {change.kind} {markup.path(change.path)}" for change in named]
    if count > len(named):
        rows.append(f"- and {count - len(named):,} more ({rest}; in a clone {_ALL} names them)")
    lead = f"{markup.code(preview.stage)} ({markup.code(preview.target)}), {files(count)}:"
    return "\n".join((lead, "", *rows)) if count else ""


def _edited(previews: Iterable[StagePreview]) -> Iterator[str]:
    for preview in previews:
        if preview.edited:
            lead = f"{markup.code(preview.stage)}: {hand_edits.what_next(preview.on_drift)}"
            yield f"{lead}\n\n{hand_edits.table(preview.edited)}"


def ignored(found: Sequence[Ignored], count: int) -> str:
    """Which changed paths are ignored, by which rule of the file, at which line."""
    rows = [
        f"| {markup.path(one.path, cell=True)} | {markup.code(one.rule)} | {one.line} |"
        for one in found
    ]
    if count > len(found):
        rows.append(f"| and {count - len(found):,} more | | |")
    head = "| path | rule | line |\n|---|---|---|\n"
    return section("Ignored", head + "\n".join(rows)) if rows else ""


def lines(previews: Sequence[StagePreview]) -> Iterator[str]:
    """The same for a terminal: a line a stage, and below it what there is to know."""
    width = max((len(preview.stage) for preview in previews), default=0)
    for preview in previews:
        waits = f"  [{', '.join(preview.waits_for)}]" if preview.waits_for else ""
        yield f"  {preview.stage:<{width}}  {plain(_line(preview))}{waits}"
        if preview.foreign is not None:
            yield f"    {plain(contact(preview.stage, preview.foreign))}"
        if preview.edited:
            yield f"    edited by hand: {plain(hand_edits.what_next(preview.on_drift))}"
        for edit in preview.edited:
            by = f" ({', '.join(edit.who)})" if edit.who else ""
            yield f"    edited  {sinks.terminal(edit.place + by)}"
        for change in preview.changes.first if preview.changes is not None else ():
            yield f"    {change.kind:<8}{sinks.terminal(change.path)}"


def ignored_lines(found: Sequence[Ignored]) -> Iterator[str]:
    """The same for a terminal, all of them."""
    for one in found:
        where = f"{one.rule}, line {one.line}"
        yield f"  ignored  {sinks.terminal(one.path)}  ({sinks.terminal(where)})"


def _line(preview: StagePreview) -> str:
    if preview.problem:
        return f"cannot be written: {preview.problem}"
    if preview.freight is None:
        return "nothing to promote"
    if preview.changes is None:
        return f"{preview.freight.short}: this stage writes nothing"
    if not preview.changes.count:
        return f"{preview.freight.short} -> {preview.target}: in sync"
    return f"{preview.freight.short} -> {preview.target}: {counts(preview.changes)}"
