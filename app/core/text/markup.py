"""
Foreign text made harmless for Markdown and titles, and the small words of time and number.

Everything that comes from a repository, a person or a server passes `escape` or `code` on its way
into Markdown, `plain` or `titled` into a title: no line breaks, nothing hidden, no mentions, no
references, no links, no HTML, no images. We add no invisible characters: what is copied is what
was there.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from app.core.model.people import handle
from app.core.text import sinks

TITLE_LIMIT = 69
SUMMARY_LIMIT = 65_000
"""
Bytes of UTF-8, not characters: https://docs.github.com/en/rest/checks/runs (output.summary). GitHub
takes 65,535: the rest is room for the address that the forge gives to the event id at the end.
"""

# What GitHub makes a link, a mention, a reference or a picture of, in text that is no code:
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
# https://github.github.com/gfm/#autolinks-extension-
_ACTIVE = re.compile(
    r"@\w|#\d|\bGH-\d|://|\bwww\.|\b(?:mailto|xmpp):|:[a-z0-9_+-]+:", re.IGNORECASE
)
ALL = "`stagelock status` and `stagelock why STAGE` show all of it"
_MENTION = re.compile(r"@(?=\w)")
_MARKDOWN = re.compile(r"([\\`*_\[\]#!|~$]|\A[-+=])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENTITY = re.compile("[&<>]")
_FENCE = re.compile("^```", re.MULTILINE)
_SPAN = re.compile("`([^` ][^`]*)`")
_TICKS = re.compile("`+")
_LOGIN = r"@[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:\[bot\])?"
_PERSON = re.compile(_LOGIN)
_PERSON_IN_TITLE = re.compile(rf"(?<![\w`])({_LOGIN})(?![\w`/-])")
_ADDRESS = ":/?#@!$&'*+,;=%~"
"""What stays as it is in a link; brackets, blanks and the rest would end it."""


# Each run of a tick asks for its own again, in every tick.
@lru_cache(maxsize=4096, typed=True)
def event_id(*parts: object) -> str:
    """
    Name an event by what it is about: the same *parts*, the same eight letters and digits.

    Parts are taken by their text and kept apart, so ("a", "bc") and ("ab", "c") differ.
    """
    texts = [str(part).encode("utf-8", "surrogatepass") for part in parts]
    digest = hashlib.sha256(b"".join(f"{len(text)}:".encode() + text for text in texts)).digest()
    return b32encode(digest[:5]).decode("ascii").lower()


# The same names are shown in every text of every tick.
@lru_cache(maxsize=4096)
def plain(text: str, limit: int = 300) -> str:
    """One line of *text* without control and invisible characters; idempotent."""
    return clip(_seen(text, limit), limit)


def titled(text: str, limit: int = 300) -> str:
    """*text* for a title, which is no Markdown: `plain`, and it calls nobody."""
    return _MENTION.sub("@ ", plain(text, limit))


def person(login: str, said: Callable[[str], str] = titled) -> str:
    """
    How a person is written who is not called: ``@mia`` in a title, where it calls nobody, and as
    code in Markdown (*said* is `escape`). What is no login is foreign text.
    """
    who = handle(login)
    return who if said is titled and _PERSON.fullmatch(who) else said(who)


def called(login: str) -> str:
    """``@mia`` in Markdown, which calls them; what is no login calls nobody."""
    return handle(login) if _PERSON.fullmatch(handle(login)) else person(login, escape)


def _seen(text: str, limit: int) -> str:
    text = text[: 4 * limit]
    if not sinks.clean(text):
        text = "".join(c if sinks.seen(c) else " " for c in text)
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def escape(text: str, limit: int = 300) -> str:
    """
    Write *text* so that Markdown shows it as it is, on one line, also in a table's cell.

    Text that GitHub would make links or mentions of is written as code, where it does not.
    """
    shown = plain(text, limit)
    if _ACTIVE.search(shown):
        return code(shown, limit)
    return _MARKDOWN.sub(r"\\\1", _ENTITY.sub(lambda m: _ENTITIES[m[0]], shown))


@lru_cache(maxsize=4096)
def code(text: str, limit: int = 200) -> str:
    """Write *text* as code, on one line, also in a table's cell; mentions do not work in there."""
    return _span(clip(_seen(text, limit), limit).replace("|", "\\|"))


def path(text: str, limit: int = 1000, *, cell: bool = False) -> str:
    """
    Write a file's name as code: what nobody sees is written out, so that no two look the same.

    Only in a table's *cell* a `|` needs a backslash; anywhere else it would be shown.
    https://github.github.com/gfm/#example-200
    """
    seen = clip(sinks.visible(text[: 4 * limit]), limit)
    return _span(seen.replace("|", "\\|") if cell else seen)


def _span(seen: str) -> str:
    if not seen:
        return ""
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(seen)), default=0))
    pad = " " if "`" in (seen[0], seen[-1]) or seen[0] == seen[-1] == " " else ""
    return f"{ticks}{pad}{seen}{pad}{ticks}"


def marked(text: str, limit: int = 300) -> str:
    """
    Write *text* of which parts stand between backticks: those as code, the rest by `escape`.

    Foreign backticks may set other parts as code; none of it is Markdown of theirs. Where longer
    runs of them would stand beside each other, which ends which is not left to chance.
    """
    shown = plain(text, limit)
    parts = _SPAN.split(shown)
    if any("`" in part and _ACTIVE.search(part) for part in parts[::2]):
        return escape(shown, limit)
    return "".join(code(p) if n % 2 else _between(p) for n, p in enumerate(parts))


def _between(part: str, said: Callable[[str], str] = escape) -> str:
    """*part* by *said*, with the blanks around it."""
    bare = part.strip(" ")
    return part.replace(bare, said(bare), 1) if bare else part


def bold(title: str) -> str:
    """A title in Markdown, as `naming` writes it."""
    return f"**{naming(title)}**"


def naming(text: str, said: Callable[[str], str] | None = None) -> str:
    """
    *text* of ours that may name people, as `handle` writes them: each by `person`, the rest by
    *said* (`titled`, or `escape`, which is the default).
    """
    put = said or escape
    parts = _PERSON_IN_TITLE.split(plain(text))
    return "".join(
        person(p.removeprefix("@"), put) if n % 2 else _between(p, put) for n, p in enumerate(parts)
    )


def link(text: str, url: str) -> str:
    """*text* as a link to *url*; only escaped where that is no plain address."""
    return f"[{escape(text)}]({quote(url, safe=_ADDRESS)})" if _is_address(url) else escape(text)


def address(url: str) -> str:
    """*url* as it is, which GitHub shows as a link; only escaped where it is no plain address."""
    return url if _is_address(url) and not _MENTION.search(url) else escape(url)


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not any(c in url for c in " <>[]\n\r\t")


def clip(text: str, limit: int) -> str:
    """At most *limit* characters of *text*; an ellipsis shows that some are missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def as_title(text: str) -> str:
    """Make *text* a check run's title: one line, below 70 characters."""
    return clip(plain(text, TITLE_LIMIT), TITLE_LIMIT)


def middle(text: str, limit: int) -> str:
    """At most *limit* characters of *text*, from both of its ends."""
    if len(text) <= limit:
        return text
    kept = limit - 1
    return f"{text[: kept - kept // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"


def fit(body: str, foot: str, limit: int = SUMMARY_LIMIT, *, rest: str = "") -> str:
    """
    Join *body* and *foot*, cutting *body* at a line so that both take at most *limit* bytes.

    *rest* says where all of it is, then. A fenced block that would lose its end is left out whole.
    """
    tail = f"\n\n{foot}\n"
    whole = (body + tail).encode("utf-8", "replace")
    if len(whole) <= limit:
        return whole.decode("utf-8")
    note = f"\n\n(The rest does not fit here{f': {rest}' * bool(rest)}.)"
    room = limit - len((note + tail).encode())
    kept = body.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rpartition("\n")[0]
    fences = [fence.start() for fence in _FENCE.finditer(kept)]
    if len(fences) % 2:
        kept = kept[: fences[-1]].rstrip()
    return kept + note + tail


def clock(at: datetime, begun: datetime | None = None) -> str:
    """
    The time of day, for titles: ``14:02 UTC``; with its date where that is not the day of *begun*.

    *begun* is when what the title tells of began: no text changes only because a day has passed.
    """
    if begun is not None and at.date() != begun.date():
        return moment(at)
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


def listed(
    names: Iterable[str], most: int = 5, of: int | None = None, *, any_of: bool = False
) -> str:
    """
    ``dev, e2e and prod``, or ``or``; beyond *most* the rest is counted, but the first is always
    named. *names* may be the first ones only of so many.
    """
    shown = list(names)
    whole = len(shown) if of is None else of
    if whole > most:
        kept = max(1, most - 1)
        shown = [*shown[:kept], f"{whole - kept} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {'or' if any_of else 'and'} {shown[-1]}"
