"""What a change would bring to the stages, in words: Markdown for checks, text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from app.core.model.names import StageName
from app.core.model.previews import FileChanges, Held, Ignored, StagePreview
from app.core.text import hand_edits, markup, sinks
from app.core.text.rows import Rows
from app.core.text.summaries import section
from app.core.text.terminal import plain

_ALL = "`stagelock plan --ref COMMIT`"
Part = str | Rows


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


def sections(previews: Sequence[StagePreview], rest: str) -> Iterator[Part]:
    """
    What there is to know before it is merged, the worst first: deletions, what was never promoted
    to, hand edits; then all other files. *rest* is where all of the change can be read.
    """
    yield from below("Deleted", _listed(previews, ("deleted",), rest))
    foreign = (
        contact(preview.stage, preview.foreign)
        for preview in previews
        if preview.foreign is not None
    )
    yield section("First contact", "\n".join(f"- {text}" for text in foreign))
    yield from below("Hand edits already there", _edited(previews))
    yield from below("Changed and copied", _listed(previews, ("changed", "copied"), rest))


def below(head: str, lists: Iterable[Rows]) -> Iterator[Part]:
    """Lists below their heading; nothing where there are none."""
    shown = tuple(lists)
    if shown:
        yield f"### {head}"
        yield from shown


def more(rest: str = "") -> Callable[[int], str]:
    """The row for the others of a list: how many, at *rest*, and the command that names them."""
    at = f"{rest}; " if rest else ""
    return lambda count: f"and {count:,} more ({at}in a clone {_ALL} names them)"


def _listed(previews: Iterable[StagePreview], kinds: Sequence[str], rest: str) -> Iterator[Rows]:
    for preview in previews:
        changes = preview.changes
        count = sum(getattr(changes, kind) for kind in kinds) if changes is not None else 0
        if changes is not None and count:
            when = ", once what is there may be replaced" * preview.held_up
            lead = f"{markup.code(preview.stage)} ({markup.code(preview.target)}), {files(count)}"
            named = (change for change in changes.first if change.kind in kinds)
            rows = (f"- {change.kind} {markup.path(change.path)}" for change in named)
            yield Rows(f"{lead}{when}:\n", rows, count, lambda n: f"- {more(rest)(n)}")


def _edited(previews: Iterable[StagePreview]) -> Iterator[Rows]:
    for preview in previews:
        if preview.edited:
            lead = f"{markup.code(preview.stage)}: {hand_edits.what_next(preview.on_drift)}"
            head = f"{lead}\n\n{hand_edits.HEAD}"
            rows = map(hand_edits.row, preview.edited)
            yield Rows(head, rows, len(preview.edited), lambda n: f"| {more()(n)} | |")


def ignored(paths: Sequence[Ignored], count: int, rest: str) -> Iterator[Part]:
    """Which changed paths are ignored, by which rule of the file, at which line."""
    rows = (
        f"| {markup.path(entry.path, cell=True)} | {markup.code(entry.rule)} | {entry.line} |"
        for entry in paths
    )
    head = "| path | rule | line |\n|---|---|---|"
    lists = (Rows(head, rows, count, lambda n: f"| {more(rest)(n)} | | |"),) if count else ()
    yield from below("Ignored", lists)


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


def ignored_lines(paths: Sequence[Ignored]) -> Iterator[str]:
    """The same for a terminal, all of them."""
    for entry in paths:
        where = f"{entry.rule}, line {entry.line}"
        yield f"  ignored  {sinks.terminal(entry.path)}  ({sinks.terminal(where)})"


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
