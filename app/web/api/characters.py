"""
What no database of ours can hold or compare is refused at the door.

PostgreSQL's text takes no NUL, and half a surrogate pair has no UTF-8; an address spells the one
(`%00`), a JSON body both. Nothing that we know is called so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from werkzeug.exceptions import NotFound

from app.web.problems import Problem

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_RIGHT = "a text without NUL and without half a surrogate pair"


def known(path: Iterable[str]) -> None:
    """Raise NotFound where a part of an address is no name of anything."""
    if any(map(_UNKEPT.search, path)):
        raise NotFound("nothing has such a name")


def kept(fields: Mapping[str, object]) -> None:
    """Raise 422 with each of the *fields* of a query or a body that is no text of ours."""
    wrong = {
        name: _RIGHT
        for name, value in fields.items()
        if _UNKEPT.search(name) or (isinstance(value, str) and _UNKEPT.search(value))
    }
    if wrong:
        raise Problem(422, "; ".join(f"{name}: {text}" for name, text in wrong.items()), wrong)
