"""
Foreign text made safe for where it is shown: terminal, HTML, log. Markdown has `explain/markup`.

Foreign is what comes from a repository, a person or a server: names of files and checks, subjects,
reasons, errors. Each sink has one function, and nothing foreign goes out past it.
"""

from __future__ import annotations

import re

# Printable to Unicode, yet nothing is seen of them: fillers, and marks that only join or vary.
_BLANK = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0"
    "\U000e0100-\U000e01ef"
)
BLANK = re.compile(f"[{_BLANK}]")
_SURROGATE = range(0xDC80, 0xDD00)
"""A byte that was no UTF-8, as Python carries it in text."""


def seen(char: str) -> bool:
    """People see *char*, and it moves nothing else: no control, no direction, no zero width."""
    return char.isprintable() and BLANK.match(char) is None


def clean(text: str) -> bool:
    """Every character of *text* is `seen`."""
    return text.isprintable() and BLANK.search(text) is None


def visible(text: str) -> str:
    r"""*text* with what nobody sees written out: ``\x1b``, ``\n``, ``\u202e``; idempotent."""
    return text if clean(text) else "".join(c if seen(c) else _escape(c) for c in text)


terminal = visible
"""One line of a terminal: no sequence of control characters, no line that is not ours."""


def log(text: str) -> str:
    """Lines of a log that people read: its own line ends stay."""
    return "\n".join(visible(line) for line in text.split("\n"))


def html(value: object) -> object:
    """A value that a page shows, before the template escapes it: see `jinja2`'s *finalize*."""
    if type(value) is not str or clean(value):  # markup has been made by somebody who escaped
        return value
    return "".join(c if seen(c) or c in "\n\t\r" else _escape(c) for c in value)


def _escape(char: str) -> str:
    number = ord(char)
    if number in _SURROGATE:
        return f"\\x{number - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
