"""The protocol of lock requests as docs/behaviour.md draws it: made of the table by which the product goes."""

from pathlib import Path
from typing import get_args

from app.core.locks.protocol import TABLE, Event
from app.core.model.lock_requests import LIVE, REQUEST_ENDS, HolderKind, RequestState
from app.core.text.lock_reasons import said
from tests import golden

PAGE = Path(__file__).parents[1] / "docs/behaviour.md"
BEGIN = "<!-- the protocol: written by tests/test_docs_locks.py -->\n"
SAME = "–"
KINDS: tuple[HolderKind, ...] = ("stage", "visitor", "person", "client", "job", "unknown")
ASKING = frozenset[HolderKind](KINDS) - {"unknown"}
WAYS: tuple[RequestState, ...] = tuple(state for state in get_args(RequestState) if state in LIVE)
ENDS: tuple[RequestState, ...] = tuple(
    state for state in get_args(RequestState) if state in REQUEST_ENDS
)


def table():
    heading = ("event", "of", "none yet", *WAYS, "ended")
    rows = [
        (
            str(event),
            _kinds(event),
            *(_cell(event, state) for state in (None, *WAYS)),
            _ended(event),
        )
        for event in TABLE
    ]
    return golden.table(heading, rows)


def reasons():
    """Each code is said as people read it."""
    rows = [
        (f"{event}: {step.to}", "; ".join(dict.fromkeys(said(why) for why in step.why)))
        for event, row in TABLE.items()
        for step in dict.fromkeys(row.steps.values())
        if step.why
    ]
    return golden.table(("event: state", "because"), rows)


def _kinds(event):
    of = TABLE[event].of
    assert set(KINDS) == set(get_args(HolderKind))
    if of >= ASKING:
        return ", ".join(("all", *(kind for kind in KINDS if kind in of - ASKING)))
    return ", ".join(kind for kind in KINDS if kind in of)


def _cell(event, state):
    row = TABLE[event]
    return SAME if state in row.late else row.steps[state].to if state in row.steps else ""


def _ended(event):
    """One word where it is the same of all ends."""
    cells = {state: _cell(event, state) for state in ENDS}
    same = set(cells.values())
    if len(same) == 1:
        return same.pop()
    return ", ".join(f"{state}: {cell}" for state, cell in cells.items() if cell)


def drawn():
    return f"{table()}\n{reasons()}"


def test_the_page_draws_the_protocol_as_it_is():
    assert golden.is_drawn(PAGE, BEGIN, drawn())


def test_every_event_has_its_line_with_somebody_to_whom_it_happens():
    lines = table().splitlines()[2:]
    assert len(lines) == len(Event)
    assert all(line.split(" | ")[1] for line in lines)
