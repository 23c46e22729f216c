"""Every place where foreign text goes out in Markdown, read as GitHub would: nothing in it acts.

The judge shares nothing with the product: markdown-it-py reads the text, and what is neither code
nor a link of ours must hold nothing that GitHub makes a mention, a reference or a link of."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.model.facts import Commit
from app.core.text.commit_messages import commit_message
from app.core.text.markup import fit, marked
from tests.core.foreign_words import HIDDEN, PLACES, WORDS, harm
from tests.core.saying import AT, LAW, promotion, sha


@pytest.mark.parametrize("place", PLACES)
@LAW
@given(word=WORDS)
def test_foreign_words_do_nothing(place, word):
    """Rule C41."""
    text = fit(PLACES[place](word), "")

    assert list(harm(text)) == []


@LAW
@example("`x`@mia``")
@given(st.text("`@m#1 \\[<", max_size=14))
def test_backticks_of_others_set_nothing_free_where_ours_mean_code(word):
    """Rule C41."""
    assert list(harm(fit(f"- {marked(word)} (`code`)", ""))) == []


@LAW
@given(WORDS)
def test_a_commits_message_holds_no_word_that_does_something(word):
    """A message is no Markdown: there it is broken where it is seen, and code would not help."""
    news = [Commit(sha(1), (), sha(2), word, ((word, "mia@example.com"),), AT)]
    message = commit_message(promotion(), news, {}, "main")
    body = "\n".join(x for x in message.split("\n") if not x.startswith("Co-authored-by: "))

    assert not re.search(r"@\w(?!\w*[0-9a-f]{30})", body.replace("web@", "web "))
    assert not re.search(
        r"(?<!Merge pull request )#\d(?!\d*\)$)|gh-\d|://", body, re.IGNORECASE | re.MULTILINE
    )
    assert not re.search(r"\[(skip|ci|no)[ -]", body, re.IGNORECASE)
    assert HIDDEN.search(message) is None
