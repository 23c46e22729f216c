"""What a change would bring to the stages, in words: Markdown for checks, text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.model.names import StageName
from app.core.model.previews import FileChanges, Held, Ignored, StagePreview
from app.core.text import hand_edits, markup, sinks
from app.core.text.summaries import section
from app.core.text.terminal import plain

SHOWN = 300
"""Files of one stage that are named; the others are counted."""


def counts(found: FileChanges) -> str:
    """``3 files: 1 deleted, 2 changed``; ``nothing: already there``."""
    if not found.count:
        return "nothing: already there"
    kinds = (("deleted", found.deleted), ("changed", found.changed), ("copied", found.copied))
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds if count)
    return f"{files(found.count)}: {said}"


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


def sections(found: Sequence[StagePreview], rest: str) -> Iterator[str]:
    """
    What there is to know before it is merged, the worst first: deletions, what was never promoted
    to, hand edits; then all other files. *rest* is where all of the change can be read.
    """
    yield section("Deleted", _listed(found, ("deleted",), rest))
    foreign = (contact(one.stage, one.foreign) for one in found if one.foreign is not None)
    yield section("First contact", "\n".join(f"- {text}" for text in foreign))
    yield section("Hand edits already there", "\n\n".join(_edited(found)))
    yield section("Changed and copied", _listed(found, ("changed", "copied"), rest))


def _listed(found: Iterable[StagePreview], kinds: Sequence[str], rest: str) -> str:
    return "\n\n".join(text for one in found if (text := _files(one, kinds, rest)))


def _files(one: StagePreview, kinds: Sequence[str], rest: str) -> str:
    if one.changes is None:
        return ""
    count = sum(getattr(one.changes, kind) for kind in kinds)
    named = [change for change in one.changes.first if change.kind in kinds][:SHOWN]
    rows = [f"- {change.kind} {markup.path(change.path)}" for change in named]
    if count > len(named):
        rows.append(f"- and {count - len(named):,} more ({rest})")
    lead = f"{markup.code(one.stage)} ({markup.code(one.target)}), {files(count)}:"
    return "\n".join((lead, "", *rows)) if count else ""


def _edited(found: Iterable[StagePreview]) -> Iterator[str]:
    for one in found:
        if one.edited:
            lead = f"{markup.code(one.stage)}: {hand_edits.what_next(one.on_drift)}"
            yield f"{lead}\n\n{hand_edits.table(one.edited)}"


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


def lines(found: Sequence[StagePreview]) -> Iterator[str]:
    """The same for a terminal: a line a stage, and below it what there is to know."""
    width = max((len(one.stage) for one in found), default=0)
    for one in found:
        waits = f"  [{', '.join(one.waits_for)}]" if one.waits_for else ""
        yield f"  {one.stage:<{width}}  {plain(_line(one))}{waits}"
        if one.foreign is not None:
            yield f"    {plain(contact(one.stage, one.foreign))}"
        for change in one.changes.first[:SHOWN] if one.changes is not None else ():
            yield f"    {change.kind:<8}{sinks.terminal(change.path)}"
        if one.changes is not None and one.changes.count > SHOWN:
            yield f"    and {one.changes.count - SHOWN:,} more"


def _line(one: StagePreview) -> str:
    if one.problem:
        return f"cannot be written: {one.problem}"
    if one.freight is None:
        return "nothing to promote"
    if one.changes is None:
        return f"{one.freight.short}: this stage writes nothing"
    if not one.changes.count:
        return f"{one.freight.short} -> {one.target}: in sync"
    return f"{one.freight.short} -> {one.target}: {counts(one.changes)}"
