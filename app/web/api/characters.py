"""
What no database of ours can hold or compare, and what would break a line, is refused at the door.

PostgreSQL's text takes no NUL, and half a surrogate pair has no UTF-8; an address spells the one
(`%00`), a JSON body both. Nothing that we know is called so. Every text that we take is one line:
it stands in logs, runs and terminals, where a line end or an escape would forge what is ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from werkzeug.exceptions import NotFound

from app.web.problems import Problem

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def known(path: Iterable[str]) -> None:
    """Raise NotFound where a part of an address is no name of anything."""
    if any(map(_UNKEPT.search, path)):
        raise NotFound("nothing has such a name")


def kept(fields: Mapping[str, object]) -> None:
    """Raise 422 with each of the *fields* of a query or a body that is no line of text."""
    wrong = {
        shown(name): text
        for name, value in fields.items()
        if (text := _wrong(name, "its name"))
        or (isinstance(value, str) and (text := _wrong(value)))
    }
    if wrong:
        raise Problem(422, "; ".join(f"{name}: {text}" for name, text in wrong.items()), wrong)


def once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """
    The object of these *pairs*; 422 with each name that comes twice: whoever reads such a body on
    its way here may have taken the other value (RFC 8259, section 4).
    """
    times = Counter(name for name, _ in pairs)
    twice = {
        shown(name): f"it comes {count} times in one object: send it once"
        for name, count in times.items()
        if count > 1
    }
    if twice:
        raise Problem(422, "; ".join(f"{name}: {text}" for name, text in twice.items()), twice)
    return dict(pairs)


def shown(name: str) -> str:
    """*name* as an answer can hold it, whatever came."""
    return _NO_LINE.sub("\N{REPLACEMENT CHARACTER}", name)


def _wrong(text: str, where: str = "it") -> str:
    """What is wrong with *text*, and where; "" where nothing is."""
    odd = _NO_LINE.search(text)
    if odd is None:
        return ""
    code, place = ord(odd[0]), odd.start() + 1
    return (
        f"{where} has U+{code:04X} as character {place}: send one line of text, without line ends, "
        "tabs and other control characters"
    )
