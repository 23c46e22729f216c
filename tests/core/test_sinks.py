"""Foreign text is made safe by one function for each place where it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import sinks
from tests.core.saying import LAW, NASTY


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 漢 é", "plain ü 漢 é"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("a\u200bb\u2066c\ufeff", "a\\u200bb\\u2066c\\ufeff"),
        ("\u3164\u2800", "\\u3164\\u2800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("byte \udcff", "byte \\xff"),
        ("csi \x9b2J", "csi \\x9b2J"),
    ],
)
def test_a_terminal_shows_what_it_would_otherwise_obey(text, shown):
    assert sinks.terminal(text) == shown


@LAW
@given(st.text(st.characters()) | NASTY)
def test_every_sink_lets_only_through_what_is_seen(text):
    """Nothing is left that a terminal obeys, that turns a line round, or that nobody sees."""
    assert sinks.clean(sinks.terminal(text))
    assert sinks.terminal(sinks.terminal(text)) == sinks.terminal(text)
    assert all(sinks.clean(line) for line in sinks.log(text).split("\n"))
    shown = sinks.html(text)
    assert isinstance(shown, str)
    assert all(sinks.seen(char) or char in "\n\t\r" for char in shown)
