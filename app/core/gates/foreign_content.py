"""First contact: content that no freight explains is replaced only on a person's command."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.gates.arrival import arrived
from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import started_before, starts
from app.core.model.facts import Content
from app.core.model.pipeline import Stage
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.drift import agreed
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask
from app.core.state.relocated import relocated

NAME = "content"
EMPTY_TEXT = '""'
"""How `scalars.spelled` writes a text without characters."""
EMPTY_TREES = (
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
)


def content(entry: Entry) -> GateAnswer | None:
    """What the stage holds was not brought by us, and no freight explains it."""
    ledger, view, _, _, _ = entry
    if not foreign(ledger, view):
        return None
    if _agreed(entry):
        return GateAnswer(NAME, "pass", Reason.PASSED)
    files = ledger.snapshot.unexplained.get(view.stage.name)
    values = values_of(view.stage, ledger.snapshot.contents.get(view.stage.name, ()))
    since = arrived(entry)
    if not files and values:
        return GateAnswer(NAME, "wait", Reason.FOREIGN_VALUE, values, since)
    names = (f"{files} file{'s' * (files != 1)}",) if files else ()
    return GateAnswer(NAME, "wait", Reason.FOREIGN_CONTENT, names, since)


def _agreed(entry: Entry) -> bool:
    """
    A person's word for this freight is about just what is there now.

    Where a step then failed on what is there, it holds: what has changed is what was asked for.
    """
    ledger, view, freight, _, _ = entry
    words = [order.over for order in view.orders if starts(order, freight)]
    before = started_before(view, freight)
    if before is not None:
        if before.reason == Reason.STEP_PROBLEM:
            return True
        words.append(before.over)
    return any(agreed(ledger, view, over) for over in words)


def foreign(ledger: Ledger, view: StageView) -> bool:
    """The stage holds content, we never brought any, and no freight explains it."""
    if view.current is not None or not view.stage.writes:
        return False
    if is_empty(ledger, view) or ledger.adoptable(view.stage.name) is not None:
        return False
    return not _written_by_us(ledger, view)


def is_empty(ledger: Ledger, view: StageView) -> bool:
    """No output holds anything: a folder without files, a key that is null or an empty text."""
    return not any(True for _ in _held(ledger, view))


def _written_by_us(ledger: Ledger, view: StageView) -> bool:
    """
    It is just what a promotion of ours wrote here, or in the folder that the stage had before: its
    freight was withdrawn, or is none by the rules of today, and nobody's work is in it.
    """
    there = ledger.snapshot.contents[view.stage.name]
    ask(ledger, view.stage.name, content=there)
    ours = (p.written for p in view.promotions if p.landed is not None and not p.adopted)
    return any(written == there or relocated(view.stage, written, there) for written in ours)


def _held(ledger: Ledger, view: StageView) -> Iterator[tuple[str, str]]:
    return held(ledger.snapshot.contents.get(view.stage.name, ()))


def held(there: Content) -> Iterator[tuple[str, str]]:
    """The outputs that hold something, with what they hold."""
    for output, mark in there:
        if mark and mark != EMPTY_TEXT and not mark.endswith(EMPTY_TREES):
            yield output, mark


def values_of(stage: Stage, there: Content) -> tuple[str, ...]:
    """What those of its outputs hold that are keys of files."""
    keys = {str(o) for o in stage.outputs if o.key is not None}
    return tuple(mark for key, mark in held(there) if key in keys)


GATE = Gate(
    NAME,
    content,
    (Reason.FOREIGN_CONTENT, Reason.FOREIGN_VALUE),
    promote_passes=True,
    never_skipped=True,
    alike=True,
)
