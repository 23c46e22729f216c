"""Foreign text never costs more than its length: the parsers of messages, files, keys and pushed lines."""

from __future__ import annotations

import random
import string
import time
from functools import partial

import pytest

from app.core.commands import parse as parse_comment
from app.core.commands.table import TABLE
from app.core.config import parse as parse_pipeline
from app.core.model.names import Sha
from app.core.yamledit.key_paths import parse_key
from app.git.described import described, message_of
from app.hook.lines import UnreadableError, read_updates
from tests.hostile import SIZE, UNITS, too_slow

SHA = Sha("1" * 40)
HEAD = "tree " + "1" * 40 + "\nauthor {author} 1 +0000\ncommitter C <c@d> 1 +0000\n{more}\n"
MESSAGES = (*UNITS, "co-authored-by:", "Co-authored-by: a <", "a <a@b>\n", "\n\n", "\\x", "%", "=")
ENCODINGS = ("utf-8", "latin1", "punycode", "!punycode", "Punycode-", "idna", " idna", "unicode escape",
             "raw unicode escape", "undefined!", "utf-7", "hz", "iso2022_jp", "hex", "x" * 30_000)  # fmt: skip
PIPELINE = "version: 1\nwarehouses:\n  web: {{paths: [{paths}], paths-ignore: [{ignored}]}}\nstages:\n{stages}"
LINES = (
    "- a\n",
    "a: b\n",
    "k: [a, b]\n",
    "{a: b}, ",
    "&a ",
    "*a ",
    "!!a ",
    "|\n",
    ">\n ",
    "? ",
    "---\n",
    "%Y ",
)


def commit(body: str, *, author: str = "A <a@b>", more: str = "") -> bytes:
    return (HEAD.format(author=author, more=more) + body).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("head", ["", "co-authored-by:", "Fix a typo\n\nCo-authored-by: a <"])
def test_no_message_costs_more_than_its_length(head):
    def read(unit: str, size: int) -> None:
        described(SHA, commit((head + unit * size)[:size] + "x"))

    slow = {unit: why for unit in MESSAGES if (why := too_slow(partial(read, unit)))}

    assert slow == {}


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda name: name[:20])
def test_no_encoding_makes_a_commit_cost_more_than_its_length(encoding):
    """Python knows codecs of cubic time, each by more than one name."""
    more = f"encoding {encoding}\n"

    assert not too_slow(lambda n: described(SHA, commit("b" * n, more=more)))
    assert not too_slow(lambda n: described(SHA, commit("", author="b" * n, more=more)))
    assert not too_slow(lambda n: message_of(commit("a" * n + "-" + "b" * n, more=more)))


def test_of_a_message_and_of_who_wrote_it_64_kb_are_looked_at():
    found = described(SHA, commit("x" * 200_000, author="y" * 200_000))

    assert len(found.subject) == len(found.authors[0][0]) == len(message_of(commit("x" * 70_000)))


def test_the_message_that_once_took_minutes_takes_no_millisecond():
    raw = commit("Fix a typo\n\nco-authored-by:" + " " * 4000 + "x")
    described(SHA, raw)
    took = []
    for _ in range(9):
        begun = time.process_time()
        described(SHA, raw)
        took.append(time.process_time() - begun)

    assert min(took) < 0.001


def pipeline(size: int, *, paths: str = "p", ignored: str = "q", stages: str = "") -> bytes:
    """A file of about *size*; of what is given so many as fit, with ``N`` for the number."""
    given = {"paths": paths, "ignored": ignored, "stages": stages}
    share = size // max(1, sum("N" in one for one in given.values()))
    lists = {
        name: ("" if name == "stages" else ", ").join(
            one.replace("N", str(n)) for n in range(share // (len(one) + 5) if "N" in one else 1)
        )
        for name, one in given.items()
    }
    return PIPELINE.format(**lists).encode()


FILES = {
    "watched, and as many ignored": {"paths": "pN", "ignored": "qN"},
    "ignored by globs in the root": {"paths": "pN", "ignored": "'*qN'"},
    "ignored as they are watched": {"paths": "pN", "ignored": "pN"},
    "watched below others that are ignored": {"paths": "a/b/c/pN", "ignored": "'a/qN/*'"},
    "watched below stages": {"paths": "a/bN/c", "stages": "  aN: {path: a/bN}\n"},
    "expressions": {"paths": "'regex:pN'"},
    "stages": {"stages": "  sN: {path: s/N}\n"},
    "stages with locks": {"stages": "  sN: {path: s/N, lock: lN}\n"},
    "windows": {"stages": "  sN: {path: s/N, windows: {allow: ['Mon 08:00-09:00 UTC']}}\n"},
    "templates": {
        "stages": "  sN: {path: s/N, steps: [{uses: yaml-set, with: {file: f, values: {k: '${{'}}}]}\n"
    },
}


@pytest.mark.parametrize("name", FILES)
def test_no_pipeline_file_costs_more_than_its_length(name):
    """What is well formed takes longer than what is torn, and by no more than it is longer."""
    assert SIZE / 2 < len(pipeline(SIZE, **FILES[name])) < 65_536
    assert not too_slow(lambda n: parse_pipeline(pipeline(n, **FILES[name]), "main"), limit=0.4)


@pytest.mark.parametrize("head", ["", "version: 1\nwarehouses: {web: {paths: ["])
def test_nor_does_one_that_is_torn(head):
    def read(unit: str, size: int) -> None:
        parse_pipeline((head + unit * size)[:size].encode(), "main")

    slow = {unit: why for unit in (*UNITS, *LINES) if (why := too_slow(partial(read, unit)))}

    assert slow == {}


STARS = (
    "version: 1\nwarehouses: {web: {paths: [%s], paths-ignore: ['%sb']}}\nstages: {a: {path: s}}\n"
)
VERBS = [spec.verb for spec in TABLE]


def misspelt(draw: random.Random, letters: str, size: int) -> str:
    """What may be a name of ours with some letters wrong; no letters given: with two too many."""
    if letters:
        return "".join(draw.choices(letters, k=size))
    word = list(draw.choice(VERBS))
    for _ in range(size):
        word.insert(draw.randrange(1, len(word) + 1), draw.choice(string.ascii_lowercase))
    return "".join(word)


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n```\n"])
@pytest.mark.parametrize(
    ("letters", "size"), [("", 1), ("", 2), ("holdckwy", 4), ("holdcklp", 5), ("retyumso", 5)]
)
def test_no_comment_of_misspelt_names_costs_more_than_its_length(letters, size, between):
    """
    Each name is another one, so no answer is at hand: 200 ms is what 20 KB may take, and more than
    half of that would be too much of it for words that nobody said.
    """
    draw = random.Random(size)

    def read(length: int) -> None:
        words = (f"/{misspelt(draw, letters, size)}" for _ in range(length // 5))
        parse_comment(between.join(words)[:length])

    assert not too_slow(read, limit=0.2)


SPACES = "".join(
    f"      - {{uses: yaml-set, with: {{file: v, values: {{k{n}: '${{{{{' ' * 990}'}}}}}}\n"
    for n in range(57)
)


@pytest.mark.parametrize(
    "text",
    [
        STARS % ("a" * 100, "*a" * 20),
        STARS % ("ab" * 50, "*[ab]?" * 20),
        PIPELINE.format(paths="p", ignored="q", stages="  a:\n    path: s\n    steps:\n" + SPACES),
    ],
    ids=["stars in what is ignored", "stars and classes", "values of spaces"],
)
def test_files_that_once_took_minutes_are_judged_at_once(text):
    assert len(text) < 65_536
    assert not too_slow(lambda _: parse_pipeline(text.encode(), "main"))


@pytest.mark.parametrize("head", ["", "a.b", '"', "[name="])
def test_no_key_costs_more_than_its_length(head):
    def read(unit: str, size: int) -> None:
        try:
            parse_key((head + unit * size)[:size])
        except ValueError:
            return

    slow = {u: why for u in UNITS if (why := too_slow(partial(read, u)))}

    assert slow == {}


LINE = f"{'1' * 40} {'2' * 40} refs/heads/"


@pytest.mark.parametrize("head", ["", LINE])
def test_no_pushed_line_costs_more_than_its_length(head):
    def read(unit: str, size: int) -> None:
        try:
            read_updates((head + unit * size)[:size].encode() + b"\n")
        except UnreadableError:
            return

    slow = {u: why for u in (*UNITS, f"{LINE}a\n") if (why := too_slow(partial(read, u)))}

    assert slow == {}
