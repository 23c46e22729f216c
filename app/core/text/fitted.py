"""The templates of titles, filled: below 70 characters, with all of their own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

from app.core.text.markup import TITLE_LIMIT, clip, middle

SHORTEST = 12
"""Characters that are left of a part of a title, however long the rest is."""
_WORD = re.compile(r"\S+")


def fitted(template: str, parts: Mapping[str, str], room: int = TITLE_LIMIT) -> str:
    """
    Fill *template* so that all of its own words fit into *room*: what is too long is in its parts.

    Paths are shortened to their last names first, then the longest part loses its middle; what is
    told at length, the *detail*, begins with the news and loses its end.
    """
    used = {name: parts[name] for name in _named_in(template)}
    if len(text := template.format_map(used)) <= room:
        return text
    used = {name: _WORD.sub(_last_name, part) for name, part in used.items()}
    while len(text := template.format_map(used)) > room:
        name = max(used, key=lambda n: len(used[n]), default="")
        if not used or len(used[name]) <= SHORTEST:
            return clip(text, room)
        over = len(text) - room
        shorter = clip if name == "detail" else middle
        used[name] = shorter(used[name], max(SHORTEST, len(used[name]) - over))
    return text


@lru_cache(maxsize=1024)
def _named_in(template: str) -> tuple[str, ...]:
    """The fields of *template*, each once."""
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


def _last_name(word: re.Match[str]) -> str:
    """A word of a title with its path shortened to the last name: ``(stages/dev/a`` -> ``(a``."""
    head, slash, name = word[0].rpartition("/")
    if not slash or not name:
        return word[0]
    begins = (head.rfind(mark) + len(mark) for mark in (":", ",", ";", "(", "//") if mark in head)
    return head[: max(begins, default=0)] + name
