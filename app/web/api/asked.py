"""What stands behind the question mark, read: a wrong value is 422 and names its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.web.api.call import Call, Parameter
from app.web.problems import wrong

MOST = 1000
LIMIT = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100}, "entries a page"
)
BEFORE = Parameter(
    "before",
    {"type": "integer", "minimum": 0},
    "where the page begins: taken from the Link header of the page before",
)


def limit(call: Call) -> int:
    """How many entries a page has."""
    text = call.query.get("limit", "100")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MOST):
        raise wrong("limit", f"a number from 1 to {MOST}")
    return int(text)


def before(call: Call) -> int | None:
    """Where the page begins; None: with the newest."""
    text = call.query.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise wrong("before", "a number, as the Link header of the page before has it")
    return int(text)


def moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A time with its zone; None where none is given."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong(name, "a time such as 2026-11-23T14:02:00Z") from error
    if time.tzinfo is None:
        raise wrong(name, "the time needs its zone, such as the Z of 2026-11-23T14:02:00Z")
    if not 1970 < time.year < 9999:
        raise wrong(name, "a year that a calendar has in every zone")
    return time
