"""What people's words do in every state of a promotion, as docs/behaviour.md draws it."""

import os
from pathlib import Path

from tests.flows.promotion_states import TABLE

PAGE = Path(__file__).parents[1] / "docs/behaviour.md"
BEGIN, END = "<!-- the words: written by tests/test_docs_words.py -->\n", "<!-- to here -->\n"
HEADING = (
    "F",
    "its run",
    "`/cancel STAGE`",
    "`/block F`",
    "then `/allow F`",
    "`/rollback STAGE`",
)


def drawn():
    rows = [
        (row.state, row.run, *map(_cell, (row.cancel, row.block, row.allow, row.rollback)))
        for row in TABLE
    ]
    lines = (HEADING, ("---",) * len(HEADING), *rows)
    return BEGIN + "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines) + "\n" + END


def _cell(then):
    """A refusal changes nothing: what is there before and after need not be said."""
    return "refused" if then.answer == "Not done" else f"{then.run}, {then.at}"


def test_the_page_draws_what_the_words_do_in_every_state():
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if os.environ.get("STAGELOCK_TEST_GOLDEN") == "write":
        PAGE.write_text(before + drawn() + after, encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")

    assert before + drawn() + after == text


def test_a_refused_word_changes_no_run():
    refused = [
        (row.state, row.run, then.run)
        for row in TABLE
        for then in (row.cancel, row.block, row.allow, row.rollback)
        if then.answer == "Not done"
    ]
    assert refused
    assert all(before == after for _, before, after in refused)
