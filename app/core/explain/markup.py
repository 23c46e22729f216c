"""
Foreign text made harmless, and the small words of time and number.

Everything that comes from a repository, a person or a server passes `plain`, `escape` or `code`
before it is shown: no line breaks, no mentions, no references, no HTML, no images.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

TITLE_LIMIT = 69
SUMMARY_LIMIT = 65_535
"""Bytes of UTF-8, not characters: https://docs.github.com/en/rest/checks/runs (output.summary)."""
NOBODY = "\u200b"
"""Put after an @ or a #, it keeps GitHub from reading a mention or a reference there."""

_REFERENCE = re.compile(r"([@#])(?=\w)|(\bGH-)(?=\d)", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]#!|~$]|\A[-+=])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENTITY = re.compile("[&<>]")
_TICKS = re.compile("`+")


def event_id(*parts: object) -> str:
    """
    Name an event by what it is about: the same *parts*, the same eight letters and digits.

    Parts are taken by their text and kept apart, so ("a", "bc") and ("ab", "c") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode() + text)
    return b32encode(digest.digest()[:5]).decode("ascii").lower()


# The same names are shown in every text of every tick.
@lru_cache(maxsize=4096)
def plain(text: str, limit: int = 300) -> str:
    """One line of *text* without control and invisible characters, mentions broken; idempotent."""
    return _REFERENCE.sub(lambda m: (m[1] or m[2]) + NOBODY, clip(_seen(text, limit), limit))


def _seen(text: str, limit: int) -> str:
    text = text[: 4 * limit]
    if not text.replace(NOBODY, "").isprintable():
        # What breaks a mention stays: texts are made plain more than once.
        text = "".join(c if c.isprintable() or c == NOBODY else " " for c in text)
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def escape(text: str, limit: int = 300) -> str:
    """Write *text* so that Markdown shows it as it is, on one line, also in a table's cell."""
    marked = _MARKDOWN.sub(r"\\\1", _ENTITY.sub(lambda m: _ENTITIES[m[0]], plain(text, limit)))
    return marked.replace("\\#" + NOBODY, "#" + NOBODY)


@lru_cache(maxsize=4096)
def code(text: str, limit: int = 200) -> str:
    """Write *text* as code, on one line, also in a table's cell; mentions do not work in there."""
    seen = clip(_seen(text, limit).replace(NOBODY, ""), limit).replace("|", "\\|")
    if not seen:
        return ""
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(seen)), default=0))
    pad = " " if seen[0] == "`" or seen[-1] == "`" else ""
    return f"{ticks}{pad}{seen}{pad}{ticks}"


def clip(text: str, limit: int) -> str:
    """At most *limit* characters of *text*; an ellipsis shows that some are missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def as_title(text: str) -> str:
    """Make *text* a check run's title: one line, below 70 characters."""
    return clip(plain(text, TITLE_LIMIT), TITLE_LIMIT)


def fit(body: str, foot: str, limit: int = SUMMARY_LIMIT) -> str:
    """Join *body* and *foot*, cutting *body* at a line so that both take at most *limit* bytes."""
    tail = f"\n\n{foot}\n"
    whole = (body + tail).encode("utf-8", "replace")
    if len(whole) <= limit:
        return whole.decode("utf-8")
    note = "\n\n(The rest does not fit here.)"
    room = limit - len((note + tail).encode())
    kept = body.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rpartition("\n")[0]
    return kept + note + tail


def clock(at: datetime) -> str:
    """The time of day, for titles: ``14:02 UTC``."""
    return f"{at:%H:%M} UTC"


def moment(at: datetime) -> str:
    """Date and time, for texts that are read on other days: ``2026-11-23 14:02 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """A finished length of time: ``11 min``, ``2 h 5 min``, ``3 d``; below a minute ``40 s``."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60 % 60, seconds // 3600
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def listed(names: Iterable[str], most: int = 5) -> str:
    """``dev, e2e and prod``; beyond *most* the rest is counted."""
    found = list(names)
    if len(found) > most:
        found = [*found[: most - 1], f"{len(found) - most + 1} more"]
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"
