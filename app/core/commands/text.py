"""
Which lines of a comment are spoken to us: those that GitHub shows as ordinary text.

Left out: quotes (with the lines that Markdown counts to them), fenced and indented code, code spans
over several lines, `<pre>`, `<code>` and `<blockquote>`, and HTML comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LIMIT = 65_536
"""Characters that are read: as long as GitHub lets a comment be."""

_ENDS = re.compile(r"\r\n|\n|\r")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_INDENTED = re.compile(r" {4}| {0,3}\t")
_QUOTE = re.compile(r" {0,3}>")
_HTML = re.compile(r"<!--|<(pre|code|blockquote)(?=[\s>/])", re.IGNORECASE)
_TICKS = re.compile("`+")


def spoken_lines(body: str) -> tuple[str, ...]:
    """The lines outside quotes, code and HTML comments, stripped, in their order."""
    kept = body[:LIMIT]
    lines = _ENDS.split(kept)
    if len(body) > LIMIT:
        lines = lines[:-1]  # it may be cut in the middle of a word
    spoken: list[str] = []
    paragraph: list[str] = []
    for line in (*_blocks(lines), ""):
        if line.strip():
            paragraph.append(line)
            continue
        spoken += _outside_spans(paragraph)
        paragraph = []
    return tuple(spoken)


def _blocks(lines: list[str]) -> Iterator[str]:
    """The lines with every block that is not spoken replaced by an empty line."""
    fence = ""
    until = ""
    quoted = False
    for line in lines:
        if fence:
            if _closes(line, fence):
                fence = ""
            yield ""
            continue
        if until:
            rest, until = _after(line, until)
            yield "" if until else _unmarked(rest)
            continue
        if opened := _FENCE.match(line):
            fence, quoted = opened[1], False
            yield ""
            continue
        quoted = bool(_QUOTE.match(line)) or (quoted and bool(line.strip()))
        if quoted or _INDENTED.match(line):
            yield ""
            continue
        before, until = _before(line)
        yield before


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]} and not _INDENTED.match(line)


def _before(line: str) -> tuple[str, str]:
    """What of *line* stands outside hiding HTML, and what ends that HTML ("": none is open)."""
    kept = ""
    while found := _HTML.search(line):
        if kept.strip() == "" and not line[: found.start()].strip():
            kept = "\u200b"  # what follows does not stand at the start of the line
        kept += line[: found.start()]
        end = "-->" if found[1] is None else f"</{found[1].lower()}>"
        line, until = _after(line[found.end() :], end)
        if until:
            return kept, until
    return kept + line, ""


def _after(line: str, until: str) -> tuple[str, str]:
    """What follows *until* on *line*, or nothing while it is still awaited."""
    at = line.lower().find(until)
    return ("", until) if at < 0 else (line[at + len(until) :], "")


def _unmarked(rest: str) -> str:
    """The rest of a line that began inside HTML: no command stands at its start."""
    return "\u200b" + rest if rest.strip() else ""


def _outside_spans(paragraph: list[str]) -> list[str]:
    """The lines of one paragraph that do not begin inside a code span."""
    text = "\n".join(paragraph)
    spans = _spans(text)
    found, start, index = [], 0, 0
    for line in paragraph:
        while index < len(spans) and spans[index][1] <= start:
            index += 1
        inside = index < len(spans) and spans[index][0] < start < spans[index][1]
        if not inside:
            found.append(line.strip(" \t"))
        start += len(line) + 1
    return found


def _spans(text: str) -> list[tuple[int, int]]:
    """Code spans as (start, end): a run of backticks up to the next run of the same length."""
    runs = [(m.start(), m.end()) for m in _TICKS.finditer(text)]
    places: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        places.setdefault(runs[number][1] - runs[number][0], []).append(number)
    spans, number = [], 0
    while number < len(runs):
        same = places[runs[number][1] - runs[number][0]]
        while same and same[-1] <= number:
            same.pop()
        if same:
            spans.append((runs[number][0], runs[same[-1]][1]))
            number = same[-1]
        number += 1
    return spans
