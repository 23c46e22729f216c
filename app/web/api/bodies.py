"""What clients of locks send, read: everything that is wrong is told at once, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.core.model.durations import DURATION, span
from app.core.model.lock_requests import ALL
from app.web.problems import Problem, wrong

LEAST, USUAL = timedelta(seconds=10), timedelta(seconds=60)
OWNER = 200
"""Characters of an owner, and of a reason."""
MOST_WAIT = 60
Value = TypeVar("Value")
FIELDS = ("owner", "reason", "ttl", "permits", "join")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks for."""

    owner: str
    reason: str
    ttl: timedelta
    permits: int
    """It may be `ALL`."""
    join: int | None
    """The token of a grant to share; None: one of its own."""


class _Wrong(ValueError):
    """The text says what is right."""


def read_wanted(body: Mapping[str, object], permits: int, max_hold: timedelta) -> Wanted:
    """Read a request for a group of so many *permits*; 422 with all its wrong fields."""
    problems = _others(body, FIELDS)

    def read(name: str, reader: Callable[[object], Value], default: Value) -> Value:
        value = body.get(name)
        if value is None and name != "owner":
            return default
        try:
            return reader(value)
        except _Wrong as error:
            problems[name] = str(error)
            return default

    owner = read("owner", _owner, "")
    reason = read("reason", _reason, "")
    ttl = read("ttl", lambda value: _ttl(value, max_hold), min(USUAL, max_hold))
    number = read("permits", lambda value: _permits(value, permits), 1)
    join = read("join", _token, 0)
    if problems:
        raise Problem(422, "; ".join(f"{name}: {t}" for name, t in problems.items()), problems)
    return Wanted(owner, reason, ttl, number, None if body.get("join") is None else join)


def read_token(body: Mapping[str, object]) -> int:
    """Read the fencing token of a heartbeat."""
    token = read_token_or_none(body)
    if token is None:
        raise wrong("token", "a fencing token, a number")
    return token


def read_token_or_none(body: Mapping[str, object]) -> int | None:
    """Read the fencing token of a release; None: null, which leaves the queue."""
    others = _others(body, ("token",))
    if others:
        raise Problem(422, "; ".join(f"{name}: {t}" for name, t in others.items()), others)
    value = body.get("token", "")
    try:
        return None if value is None else _token(value)
    except _Wrong as error:
        raise wrong("token", str(error)) from error


def read_wait(query: Mapping[str, str]) -> int:
    """How many seconds to wait for a change."""
    text = query.get("wait", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= MOST_WAIT):
        raise wrong("wait", f"whole seconds, at most {MOST_WAIT}")
    return int(text)


def _others(body: Mapping[str, object], known: Sequence[str]) -> dict[str, str]:
    return {name: "there is no such field" for name in body if name not in known}


def _owner(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > OWNER:
        raise _Wrong(f"a name of your own for this request, 1 to {OWNER} characters")
    return value


def _reason(value: object) -> str:
    if not isinstance(value, str) or len(value) > OWNER:
        raise _Wrong(f"a text of at most {OWNER} characters")
    return value


def _ttl(value: object, max_hold: timedelta) -> timedelta:
    length = _length(value)
    if length is None or not LEAST <= length <= max_hold:
        raise _Wrong(
            f"seconds or a duration such as 60s, from 10 s to {max_hold.total_seconds():.0f} s"
        )
    return length


def _length(value: object) -> timedelta | None:
    match value:
        case bool():
            return None
        case int() if 0 < value < 10**9:
            return timedelta(seconds=value)
        case str() if re.fullmatch(DURATION, value):
            return span(value[:-1], value[-1])
        case str() if re.fullmatch("[0-9]{1,9}", value):
            return timedelta(seconds=int(value))
        case _:
            return None


def _permits(value: object, permits: int) -> int:
    if value == "all":
        return ALL
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _Wrong('a number from 1 up, or "all"')
    if value > permits:
        raise _Wrong(f"the group has {permits}")
    return value


def _token(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _Wrong("a fencing token, a number")
    return value
