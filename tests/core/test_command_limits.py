"""Reading commands never fails, and costs no more than the text is long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import (
    MOST,
    CommandProblem,
    Misread,
    parse,
)
from app.core.commands.text import _reader
from tests.core.saying import LAW, NASTY


def test_a_cut_comment_never_cuts_a_freight_short():
    """Beyond the limit a line may be cut in the middle; seven digits would still name something."""
    body = "x" * 65_500 + "\n/promote prod " + "a" * 40

    assert parse(body) == ()


LONG = "x" * 5_000
UNREAD = Misread.TOO_MUCH_TEXT


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"/hold prod {LONG}", [UNREAD]),
        (f"/hold prod {'word ' * 13_000}", [UNREAD]),
        (f"/why a\n/hold prod {LONG}\n/why b\n\n/why c", ["why", UNREAD, "why", "why"]),
        # What it begins may reach on: whether readers see the next line is not known.
        (f"/hold prod `{LONG}\n/why b`\n\n/why c", [UNREAD, UNREAD, "why"]),
        (f"/hold prod <!-- {LONG}\n/why b -->", [UNREAD, UNREAD]),
        (f"/hold prod <b>{LONG}\n\n/why c", [UNREAD, UNREAD]),
        (f"{LONG}\n/why b\n\n/why c", [UNREAD, "why"]),
        # Where that many brackets are open, nobody looked for the link that it may be part of.
        ("[" * 8 + "a\n/why b](c)\n\n/why d", [UNREAD, "why"]),
        ("[" * 7 + "a\n/why b](c)\n\n/why d", ["why"]),
        ("[a] " * 40 + "\n/why b", ["why"]),
        # Nobody speaks to us there, however long it is.
        (f"> /hold prod {LONG}", []),
        (f"```\n/hold prod {LONG}\n```\n/why b", ["why"]),
        (f"<details>\n\n/hold prod {LONG}\n\n</details>\n\n/why b", ["why"]),
        (f"/lgtm {LONG}\n\n/why b", ["why"]),
    ],
)
def test_a_command_with_too_much_text_is_answered_and_what_follows_is_read(body, found):
    answers = parse(body)

    assert [a.why if isinstance(a, CommandProblem) else a.verb for a in answers] == found


@LAW
@given(
    st.text() | NASTY | st.lists(NASTY | st.text("/`~<>!-\n promtewhy", max_size=40)).map("\n".join)
)
def test_reading_never_fails(body):
    for found in parse(body):
        assert len(found.text) <= 200


@LAW
@given(st.lists(st.sampled_from(["`", "``", "a", "\n", "/why prod\n", "<!--", "-->", "~~~", ">"])))
def test_reading_never_fails_on_unbalanced_marks(pieces):
    assert len(parse("".join(pieces))) <= MOST + 1


@pytest.mark.parametrize(
    "body", ["`" * 65_536, "` " * 32_768, "<!--" * 16_384, "<pre>" * 13_000, "/a\n" * 21_000]
)
def test_hostile_comments_are_read_in_linear_time(body):
    started = time.process_time()
    parse(body)

    assert time.process_time() - started < 5


SLOW = [
    "[", "![", "*a_", "**", "`a``", "<", "<a ", "<!--", "> ", "- ", "[a](", "](", "[](<", "&", "\\",
    "~~a", "|", "a|b\n", "[a]: b\n", "a\n", ">\n", "<?", "_a", "x", "*a **a ", "[a](b) ", "[a",
    "> > > > > > > > > a\na\n", "<a b='", '[a](b "', "1. ", "|a", "&#1;", " ",
]  # fmt: skip


@pytest.mark.parametrize("piece", SLOW)
def test_20_kb_of_anything_are_read_in_below_200_ms(piece):
    """Processor time, the fastest of three: with the command before, behind and between it."""
    text = (piece * 20_000)[:20_000]
    for body in (f"/why a\n{text}", f"{text}\n/why a", f"{text[:4000]}\n/why a\n\n" * 5):
        times = []
        for _ in range(3):
            begun = time.process_time()
            parse(body)
            times.append(time.process_time() - begun)
            if times[-1] < 0.2:
                break
        assert min(times) < 0.2


def test_what_begins_no_line_with_a_command_is_not_read_as_markdown():
    before = _reader.cache_info().currsize
    _reader.cache_clear()

    assert parse("Thanks!\nsee /etc/passwd\n/lgtm\n" + "[" * 20_000) == ()

    assert _reader.cache_info().currsize == 0
    assert before in (0, 1)
