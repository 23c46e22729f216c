"""What people's words do in every state of a promotion, as docs/behaviour.md draws it."""

from pathlib import Path

from tests.flows.promotion_states import TABLE
from tests.golden import is_drawn, table

PAGE = Path(__file__).parents[1] / "docs/behaviour.md"
BEGIN = "<!-- the words: written by tests/test_docs_words.py -->\n"
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
    return table(HEADING, rows)


def _cell(then):
    """A refusal changes nothing: what is there before and after need not be said."""
    return "refused" if then.answer == "Not done" else f"{then.run}, {then.at}"


def test_the_page_draws_what_the_words_do_in_every_state():
    assert is_drawn(PAGE, BEGIN, drawn())


def test_a_refused_word_changes_no_run():
    refused = [
        (row.state, row.run, then.run)
        for row in TABLE
        for then in (row.cancel, row.block, row.allow, row.rollback)
        if then.answer == "Not done"
    ]
    assert refused
    assert all(before == after for _, before, after in refused)
