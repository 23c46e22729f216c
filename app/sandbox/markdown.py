"""
The little Markdown that check summaries and comments use, as safe HTML.

Everything is escaped first; only the constructs below become tags, and links go to http(s) or
to a place on this server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup, escape

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(.*)")
_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<target>(?:https?://|/)[^\s)]+)\)"
    r"|(?P<url>https?://[^\s<)]*[^\s<).,:;])"
    r"|\*\*(?P<strong>[^*\n]+)\*\*"
    r"|<sub>(?P<sub>[^<\n]+)</sub>"
    r"|(?<![\w*])[*_](?P<em>[^*_\n]+)[*_](?![\w*])"
)


def render(text: str | None) -> Markup:
    """HTML of a Markdown text; empty for None."""
    lines = _COMMENT.sub("", text or "").splitlines()
    return Markup("\n").join(_blocks(lines))


def _inline(text: str) -> Markup:
    """One pass from left to right; what is not a construct is escaped text."""
    made, at = [], 0
    for span in _INLINE.finditer(text):
        made += [escape(text[at : span.start()]), _span(span)]
        at = span.end()
    return Markup("").join([*made, escape(text[at:])])


def _span(found: re.Match[str]) -> Markup:
    if found["code"] is not None:
        return Markup("<code>{}</code>").format(found["code"])
    if found["label"] is not None:
        return Markup('<a href="{}">{}</a>').format(found["target"], _inline(found["label"]))
    if found["url"] is not None:
        return Markup('<a href="{0}">{0}</a>').format(found["url"])
    if found["strong"] is not None:
        return Markup("<strong>{}</strong>").format(_inline(found["strong"]))
    if found["sub"] is not None:
        return Markup("<sub>{}</sub>").format(_inline(found["sub"]))
    return Markup("<em>{}</em>").format(_inline(found["em"]))


def _blocks(lines: list[str]) -> Iterator[Markup]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.match(line):
            end = _until(lines, at + 1, _closes(fence[1]))
            yield Markup("<pre>{}</pre>").format("\n".join(lines[at + 1 : end]))
            at = end + 1
        elif heading := _HEADING.match(line):
            level = min(len(heading[1]) + 2, 6)
            yield Markup(f"<h{level}>{_inline(heading[2])}</h{level}>")  # noqa: S704 - made above
            at += 1
        elif _is_table(lines, at):
            end = _until(lines, at + 2, lambda text: "|" not in text)
            yield _table(lines[at], lines[at + 2 : end])
            at = end
        elif _ITEM.match(line):
            end = _until(lines, at, lambda text: not _ITEM.match(text))
            items = [_ITEM.match(text) for text in lines[at:end]]
            rows = Markup("").join(
                Markup("<li>{}</li>").format(_inline(item[1])) for item in items if item
            )
            yield Markup("<ul>{}</ul>").format(rows)
            at = end
        elif line.strip():
            end = _until(lines, at + 1, lambda text: not text.strip() or _starts(text))
            text = Markup("<br>").join(_inline(part.strip()) for part in lines[at:end])
            yield Markup("<p>{}</p>").format(text)
            at = end
        else:
            at += 1


def _closes(mark: str) -> Callable[[str], object]:
    return lambda text: text.strip().startswith(mark)


def _starts(text: str) -> bool:
    return bool(_FENCE.match(text) or _HEADING.match(text) or _ITEM.match(text) or "|" in text)


def _until(lines: list[str], at: int, ends: Callable[[str], object]) -> int:
    while at < len(lines) and not ends(lines[at]):
        at += 1
    return at


def _is_table(lines: list[str], at: int) -> bool:
    return "|" in lines[at] and at + 1 < len(lines) and bool(_RULE.match(lines[at + 1]))


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _table(head: str, body: list[str]) -> Markup:
    def row(tag: str, line: str) -> Markup:
        cells = Markup("").join(
            Markup(f"<{tag}>{{}}</{tag}>").format(_inline(c))  # noqa: S704 - th or td
            for c in _cells(line)
        )
        return Markup("<tr>{}</tr>").format(cells)

    rows = Markup("").join(row("td", line) for line in body)
    return Markup("<table>{}{}</table>").format(row("th", head), rows)
