"""
The Markdown of check summaries and comments, as safe HTML.

markdown-it-py reads it as GitHub does (https://github.github.com/gfm/): tables and strikethrough
beside CommonMark, a line end is a line end. Raw HTML is shown as text, but for `<sub>`; HTML
comments are not shown. Links go where the library thinks them safe: never to `javascript:`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

KEPT = frozenset({"<sub>", "</sub>"})


def render(text: str | None) -> Markup:
    """HTML of a Markdown text; empty for None."""
    return Markup(_reader().render(text or "").strip())  # noqa: S704 - the library escapes texts


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True, "breaks": True, "xhtmlOut": False})
    reader.enable(["table", "strikethrough"])
    reader.add_render_rule("html_inline", _html)
    reader.add_render_rule("html_block", _html)
    reader.core.ruler.push("headings_below_the_page", _below)
    return reader


def _html(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType
) -> str:
    content = tokens[at].content
    shown = content.strip()
    if shown in KEPT:
        return content
    if shown.startswith("<!--") and shown.find("-->") == len(shown) - 3:
        return ""
    return str(escape(content))


def _below(state: object) -> None:
    """The page has its own first and second headings."""
    for token in getattr(state, "tokens", ()):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
