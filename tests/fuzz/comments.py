"""
Hostile comments; cmark-gfm, which GitHub's own renderer is made of, says of each what is spoken.

https://github.com/github/cmark-gfm: its XML names every paragraph, quote, table and piece of code.
What encloses a line in HTML is none of Markdown's concern; so with HTML in it, with what may be a
table or a footnote, and beyond our limits, a comment may command less than is shown, and never more;
what was not read is answered, and commands nothing.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from app.core.commands import Command, CommandProblem
from app.core.commands.parser import MOST, parse
from app.core.commands.spec import Misread
from tests.fuzz.text import torn

PROGRAM = "cmark-gfm"
OURS = frozenset(
    f"/{verb}" for verb in ("stagelock", "promote", "why", "hold", "retry", "lock", "unlock", "rollback")
)  # fmt: skip
WORDS = ["/promote dev", "/why prod", "/hold e2e until 22:00 reason", "/stagelock help", "/retry dev", "\n", "> ",
         "- ", "```\n", "~~~\n", "    ", "<pre>", "</pre>", "<!-- ", " -->", "<details>\n", "1. ", "| a | b |\n",
         "| - | - |\n", "text ", "/lock e2e-env for 30m why", "/unlock g --force x",
         "/rollback prod to web@1234567", "*", "**", "~~", "_", "`", "[a]: b '", "[a]", "](b)", "![", "<?", "?>",
         "<![CDATA[", "]]>", "<a href='", "\n\n", "\n/", "\\\n", "  \n", "---\n", "===\n", "# ", "\t"]  # fmt: skip
_SPACE = " \t"
_ODD = "\ufffc"
_DIFFER = re.compile(
    r"<!--[^>]*--|(?:^|[\r\n])[ \t]*</|\|[^\r\n]*(?:\r\n|\r|\n)[ \t>]*-+[ \t]*(?:[\r\n]|\Z)"
)
"""
Where versions of CommonMark differ (comments that hold `--`), where cmark lets a closing tag end a
lazy line, and where markdown-it-py sees a table in what cmark takes for a heading.
"""
_HIDES = frozenset({"block_quote", "table", "code_block", "html_block", "heading"})


def judged(rng: random.Random, count: int) -> None:
    """At most 10 commands and a word on the rest, and just those that Markdown shows as text."""
    assert shutil.which(PROGRAM), f"the system lacks {PROGRAM}"
    for _ in range(count):
        made = torn(rng, WORDS, 30)
        parse(made)  # no encoding has half a character: cmark is not asked about it
        body = made.replace("\ud800", "?").replace("\0", "?")
        found = parse(body)
        assert len(found) <= MOST + 1, body
        assert all(isinstance(one, Command | CommandProblem) for one in found), body
        heard = _verbs(found[:MOST])
        if _DIFFER.search(body) or (not heard and "<" in body):
            continue
        shown = list(_shown(body))
        less = any(part in body for part in ("<", "[^", "|", ":-", "-:", "\\/"))
        if less or len(found) > MOST or _is_large(body):
            read = [one for one in found[:MOST] if not _is_unread(one)]
            assert _is_part(_verbs(read), shown), (body, heard, shown)
        else:
            assert heard == shown, (body, heard, shown)


def _verbs(found: Sequence[Command | CommandProblem]) -> list[str]:
    return [verb for one in found if (verb := one.text.split()[0]) in OURS]


def _is_unread(one: Command | CommandProblem) -> bool:
    return isinstance(one, CommandProblem) and one.why is Misread.TOO_MUCH_TEXT


def _is_large(body: str) -> bool:
    """Beyond limits that `docs/behaviour.md` tells: deep lists, and paragraphs of pages."""
    return len(body) > 2_900 or body.count("- ") + body.count("1. ") + body.count("> ") >= 4


def _is_part(some: Sequence[str], of: Sequence[str]) -> bool:
    left = iter(of)
    return all(word in left for word in some)


def _shown(body: str) -> Iterator[str]:
    """The first words of the lines of paragraphs, where they are commands of ours."""
    options = ["--extension", "table", "--extension", "strikethrough"]
    done = subprocess.run(
        [PROGRAM, "--to", "xml", "--sourcepos", *options],
        input=body.encode(),
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    source = re.split(r"\r\n|\r|\n", body.removeprefix("\ufeff"))
    document = ET.fromstring(_legal(done.stdout.decode()))
    for paragraph in _paragraphs(document):
        for line in _lines(paragraph, source):
            word = line.replace("\t", " ").split(" ")[0]
            if word in OURS:
                yield word


def _legal(xml: str) -> str:
    """Without characters that XML has not, though cmark lets them through."""
    return "".join(c if c in "\t\n" or c >= " " else "?" for c in xml)


def _paragraphs(node: ET.Element) -> Iterator[ET.Element]:
    for child in node:
        name = _name(child)
        if name == "paragraph":
            yield child
        elif name not in _HIDES:
            yield from _paragraphs(child)


def _lines(paragraph: ET.Element, source: Sequence[str]) -> Iterator[str]:
    """
    Each of its lines, what is no text as one odd character.

    The first one only if it begins a line of the *source*: behind `- ` or `1. ` it does not; what
    begins with a bracket there, and is shown without, follows a link's address.
    """
    lines = "".join(_flat(paragraph)).split("\n")
    at = int(paragraph.get("sourcepos", "0").partition(":")[0])  # none: a table follows it
    begins = not at or source[at - 1].lstrip(_SPACE).startswith(("/", "["))
    for line in lines if begins else lines[1:]:
        yield line.lstrip(_SPACE)


def _flat(node: ET.Element) -> Iterator[str]:
    for child in node:
        match _name(child):
            case "text":
                yield child.text or ""
            case "softbreak" | "linebreak":
                yield "\n"
            case "strong" | "emph" | "strikethrough":
                yield _ODD
                yield from _flat(child)
            case _:
                yield _ODD


def _name(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]
