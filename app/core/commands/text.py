"""
Which lines of a comment are spoken to us: those that its readers see as text of a paragraph.

markdown-it-py reads the comment as GitHub does (https://github.github.com/gfm/). Not spoken: quotes
with their lazy lines, code, tables, HTML and what it encloses, comments, titles and addresses of
links, footnotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LIMIT = 65_536
"""Characters that are read: as long as GitHub lets a comment be."""
LONGEST = 3_000
"""Characters of a paragraph in which somebody can speak to us."""
LONG_LINE = 1_000
"""Characters of a line that are read where its paragraph is longer than that."""
NESTED = 8
"""Levels of lists, quotes and brackets that are read: nobody speaks to us from further in."""

_ENDS = re.compile(r"\r\n|\n|\r")
_START = re.compile(r"\A[ \t]*/[A-Za-z]")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\n]{1,200}\]:")
_CELL = re.compile(r":?-+:?")
_MARK, _END = "\ue000", "\ue001"
_MARKED = re.compile(f"^{_MARK}([0-9]+){_END}", re.MULTILINE)
_BRACKET = re.compile(r"[\[\]]")
_REACHES_ON = re.compile(r"[`<\[\]\\]")
"""What a line may begin, or end, that the lines below it are part of."""
UNREAD = ""
"""Among the elements that are open: nobody knows which."""
_FOREIGN = re.compile(f"[\0{_MARK}{_END}\ud800-\udfff]")
"""What no comment holds, and what would mean something here: half a character is none."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_OPEN_ENDED = frozenset({"br", "hr", "img", "input", "wbr", "source", "p", "div"})
"""Elements that hide or quote nothing, or have no end."""


class Line(NamedTuple):
    """
    A line that is spoken, stripped. Not *readable*: it is longer than what is read, or so much
    stands around it that nobody found out whether readers see it; it is answered, and never acts.
    """

    text: str
    readable: bool = True


def spoken_lines(body: str, wanted: Callable[[str], bool] = bool) -> tuple[Line, ...]:
    """
    The lines that are *wanted* and spoken, in their order.

    Only lines that begin with a slash and a letter are asked about; where none is wanted, nothing
    is read at all.
    """
    kept = _FOREIGN.sub("\ufffd", body[:LIMIT].removeprefix("\ufeff"))
    lines = _ENDS.split(kept)
    if len(body) > LIMIT:
        lines = lines[:-1]  # it may be cut in the middle of a word
    asked = {n for n, line in enumerate(lines) if _START.match(line) and wanted(_said(line))}
    asked -= {*_below(lines, _FOOTNOTE.match), *_below(lines, _is_delimiter)}
    asked -= {n for n in asked if n + 1 < len(lines) and _is_delimiter(lines[n + 1])}
    if not asked:
        return ()
    marked = [_marked(n, line) if n in asked else line for n, line in enumerate(lines)]
    spoken = _spoken("\n".join(marked))
    return tuple(Line(_said(lines[n]), readable) for n, readable in spoken if n in asked)


def _marked(number: int, line: str) -> str:
    """*line* with its number in place of its slash: a letter to Markdown, as the slash is."""
    return line.replace("/", f"{_MARK}{number}{_END}", 1)


def _said(line: str) -> str:
    """*line* as it is shown: a backslash at its end is how some write a break."""
    return line.strip(" \t").removesuffix("\\").rstrip(" \t")


def _below(lines: Sequence[str], begins: Callable[[str], object]) -> Iterator[int]:
    """Lines from one that *begins* it to the next empty one: a footnote's, or a table's rows."""
    inside = False
    for number, line in enumerate(lines):
        inside = bool(begins(line)) or (inside and bool(line.strip(" \t")))
        if inside:
            yield number


def _is_delimiter(line: str) -> bool:
    """
    What stands between a table's header and its rows, as far as one line tells: markdown-it-py
    knows not each table that GitHub shows (no header without a bar, none that is indented).
    """
    cells = line.lstrip(" \t>*+").strip("| \t").split("|")
    is_aligned = all(_CELL.fullmatch(cell.strip(" \t")) for cell in cells)
    return is_aligned and ("|" in line or ":" in line)


def _spoken(text: str) -> Iterator[tuple[int, bool]]:
    """
    The numbers of the marked lines that readers see begin in the text of a paragraph; with whether
    that, and the line itself, was read.
    """
    reader = _reader()
    env: dict[str, object] = {}
    quotes, opened, before = 0, list[str](), ""
    for token in reader.parse(text, env):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "html_block":
            _follow(opened, token.content)
        elif token.type == "inline":
            heard = before == "paragraph_open" and not quotes
            if _MARK in token.content or "<" in token.content:
                yield from _of_paragraph(reader, token, env, opened, heard=heard)
        before = token.type


def _of_paragraph(
    reader: MarkdownIt, token: Token, env: dict[str, object], opened: list[str], *, heard: bool
) -> Iterator[tuple[int, bool]]:
    content, cut = _shortened(token.content)
    if len(content) > LONGEST or _depth(content) >= NESTED:
        if heard and not any(opened):
            yield from ((int(match[1]), False) for match in _MARKED.finditer(content))
        if "<" in content:
            opened.append(UNREAD)  # nobody knows what it leaves open
        return
    children: list[Token] = []
    reader.inline.parse(content, reader, env, children)
    at_start, links = True, 0
    for child in children:
        match child.type:
            case "softbreak" | "hardbreak":
                at_start = True
                continue
            case "link_open" | "link_close":
                links += child.nesting
            case "html_inline":
                _follow(opened, child.content)
            case "text" if at_start and heard and not links and not any(opened):
                if child.content.startswith(_MARK):
                    number = int(child.content[1:].partition(_END)[0])
                    yield number, number not in cut and UNREAD not in opened
        if child.type != "text" or child.content:
            at_start = at_start and child.nesting == 1 and child.type != "link_open"


def _depth(content: str) -> int:
    """
    How many brackets are open at once. markdown-it-py leaves a paragraph where they are more than
    it is told to read, and then takes what stands in a link for text of the paragraph.
    """
    deepest = depth = 0
    for bracket in _BRACKET.finditer(content):
        depth = depth + 1 if bracket[0] == "[" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _shortened(content: str) -> tuple[str, frozenset[int]]:
    """
    A paragraph that is too long, without the ends of its long lines that begin with a command; with
    their numbers. An end that may mean something to the lines below it stays.
    """
    if len(content) <= LONGEST:
        return content, frozenset()
    lines, cut = content.split("\n"), set[int]()
    for place, line in enumerate(lines):
        match = _MARKED.match(line) if len(line) > LONG_LINE else None
        if match is not None and not _REACHES_ON.search(line):
            cut.add(int(match[1]))
            lines[place] = line[:LONG_LINE]
    return "\n".join(lines), frozenset(cut)


def _follow(opened: list[str], html: str) -> None:
    """Keep track of the elements that are open: what they enclose is not spoken."""
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if match[1] and name in opened:
            del opened[len(opened) - 1 - opened[::-1].index(name) :]
        elif not match[1] and name not in _OPEN_ENDED:
            opened.append(name)


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  the hook never needs it

    reader = MarkdownIt("commonmark", {"html": True, "maxNesting": NESTED}).enable(
        ["table", "strikethrough"]
    )
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader
