"""
What makes an answer of a lock service a success, or a busy one: statuses, or an expression in CEL.

The expressions are evaluated by cel-expr-python, the C++ implementation of CEL, which bounds the
depth of an expression and the steps of its macros, and matches in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from app.core.model.lock_services import LockAsked

if TYPE_CHECKING:
    from cel_expr_python import cel

MOST_DEPTH = 50
_PLACE = re.compile(r"<input>:(-?\d+):(-?\d+): ?(.*)")

Json = object


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    """Their names in small letters."""
    body: Json
    """JSON, or else its text."""


class BadExpression(Exception):
    """It cannot be read; the text says why, in one line."""


class Expression:
    """A CEL expression over `status`, `headers`, `body` and `lock`."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self._compiled = _environment().compile(text)
        except RuntimeError as error:
            raise BadExpression(_why(str(error))) from error

    def __repr__(self) -> str:
        return f"Expression({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def kind(self) -> str:
        """The name of its type, as far as that is known before anything is asked."""
        return str(self._compiled.return_type().name())

    def holds(self, reply: Reply, asked: LockAsked) -> bool:
        """Tell whether it is true; what cannot be evaluated (a key that is not there) is not."""
        return self._value(reply, asked) is True

    def text(self, reply: Reply, asked: LockAsked) -> str:
        """The text that it gives; "" where it gives none."""
        value = self._value(reply, asked)
        return value if isinstance(value, str) else ""

    def _value(self, reply: Reply, asked: LockAsked) -> object:
        data = {
            "status": reply.status,
            "headers": dict(reply.headers),
            "body": reply.body if shallow(reply.body) else None,
            "lock": {"name": asked.name, "owner": asked.owner, "token": asked.token},
        }
        try:
            return self._compiled.eval(data=data).value()
        except (RuntimeError, TypeError, ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Statuses:
    """A list of statuses."""

    those: frozenset[int]

    def holds(self, reply: Reply, asked: LockAsked) -> bool:
        """Tell whether the answer has one of them."""
        del asked
        return reply.status in self.those


Condition = Statuses | Expression


def shallow(value: Json) -> bool:
    """Tell whether *value* is nested at most `MOST_DEPTH` deep."""
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return True
    return False


def _inner(value: Json) -> list[Json]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []


def _why(said: str) -> str:
    """The library's own words, without its picture of the place."""
    match = _PLACE.search(said.splitlines()[0])
    if match is None or int(match[1]) < 1:
        return said.splitlines()[0].rsplit(" [", 1)[0][:200]
    return f"character {match[2]}: {match[3][:200]}"


@cache
def _environment() -> cel.Env:
    from cel_expr_python import cel  # noqa: PLC0415  (only where an expression is written)

    any_value = cel.Type.DYN
    known = {"headers": any_value, "body": any_value, "lock": any_value, "status": cel.Type.INT}
    return cel.NewEnv(variables=known)
