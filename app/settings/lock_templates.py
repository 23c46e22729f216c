"""
Texts of the profiles file with places to fill in: what stands there is encoded for where it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

from app.core.model.lock_services import LockAsked
from app.settings.secret import Secret

LockField = Literal["name", "owner", "token"]
_FIELDS: frozenset[str] = frozenset(get_args(LockField))
_HOLE = re.compile(r"\$\{\{([^{}]*)\}\}")
_ENV = re.compile(r"env\.([A-Za-z_][A-Za-z0-9_]*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Encode = Callable[[str], str]


class Unfillable(Exception):
    """What would be filled in holds what must not stand there; the text names neither."""


@dataclass(frozen=True, slots=True)
class OfLock:
    """A place for what is asked about."""

    field: LockField


@dataclass(frozen=True, slots=True)
class Text:
    """What stands there as it is written."""

    text: str


Part = Text | OfLock | Secret
"""A secret is what the environment held when the file was read."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places; its `repr` shows no secret."""

    parts: tuple[Part, ...] = ()

    def filled(self, asked: LockAsked, encode: Encode) -> str:
        """Write it for *asked*, each value by *encode*; Unfillable."""
        return "".join(_written(part, asked, encode) for part in self.parts)

    def names_asker(self) -> bool:
        """Tell whether the owner or the token stands in it: then it speaks of one asker alone."""
        return any(isinstance(p, OfLock) and p.field != "name" for p in self.parts)

    def secrets(self) -> tuple[Secret, ...]:
        """What of it came from the environment."""
        return tuple(part for part in self.parts if isinstance(part, Secret))

    def fixed(self) -> str:
        """The text up to the first place."""
        first = self.parts[0] if self.parts else Text("")
        return first.text if isinstance(first, Text) else ""


@dataclass(frozen=True, slots=True)
class JsonTemplate:
    """A JSON document as text with places: each is filled as (a part of) a JSON string."""

    pieces: tuple[tuple[Part, bool], ...] = ()
    """Each part, and whether it begins within a string."""

    def filled(self, asked: LockAsked) -> str:
        """The document for *asked*; Unfillable."""
        return "".join(
            _written(part, asked, _inside if within else _quoted) for part, within in self.pieces
        )

    def names_asker(self) -> bool:
        """As `Template.names_asker`."""
        return Template(tuple(part for part, _ in self.pieces)).names_asker()

    def secrets(self) -> tuple[Secret, ...]:
        """What of it came from the environment."""
        return Template(tuple(part for part, _ in self.pieces)).secrets()


def as_it_is(value: str) -> str:
    """For a header."""
    return value


def percent(value: str) -> str:
    """For a path or a query: nothing in it separates anything; Unfillable where it would climb."""
    if value in (".", ".."):
        raise Unfillable("a path cannot hold `.` or `..` as one of its parts")
    return quote(value, safe="")


def template(
    text: str, environ: Mapping[str, str], wrong: Callable[[str], None]
) -> Template | None:
    """Read *text*; None where a place is not known, or its variable not set: *wrong* is told."""
    parts: list[Part] = []
    at, sound = 0, True
    for hole in _HOLE.finditer(text):
        parts.append(Text(text[at : hole.start()]))
        at = hole.end()
        part = _part(hole[1].strip(), environ, wrong)
        sound = sound and part is not None
        parts += [part] if part is not None else []
    parts.append(Text(text[at:]))
    if any(isinstance(part, Text) and "${{" in part.text for part in parts):
        wrong("`${{` is not closed by `}}`")
        return None
    return Template(tuple(p for p in parts if p != Text(""))) if sound else None


def json_template(template: Template) -> JsonTemplate:
    """See which places of a JSON text stand within a string."""
    pieces: list[tuple[Part, bool]] = []
    within = False
    for part in template.parts:
        pieces.append((part, within))
        if isinstance(part, Text):
            within = _ends_within(part.text, within)
    return JsonTemplate(tuple(pieces))


def _ends_within(text: str, within: bool) -> bool:  # noqa: FBT001  (a state, read once)
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and within:
            escaped = True
        elif character == '"':
            within = not within
    return within


def _part(
    said: str, environ: Mapping[str, str], wrong: Callable[[str], None]
) -> OfLock | Secret | None:
    if said.startswith("lock.") and said.removeprefix("lock.") in _FIELDS:
        field: LockField = said.removeprefix("lock.")  # type: ignore[assignment]
        return OfLock(field)
    variable = _ENV.fullmatch(said)
    if variable is None:
        known = listed((*(f"lock.{name}" for name in sorted(_FIELDS)), "env.NAME"))
        wrong(f"`${{{{ {said[:40]} }}}}` is not known here; there are {known}")
        return None
    name = variable[1]
    value = environ.get(name)
    if not value:
        wrong(f"the variable {name} is not set: set it in the server's environment")
        return None
    if _CONTROL.search(value):
        wrong(f"the variable {name} holds a control character, a line end perhaps")
        return None
    return Secret(value)


def listed(names: Iterable[str]) -> str:
    """Each in the type of code."""
    return ", ".join(f"`{name}`" for name in names)


def _written(part: Part, asked: LockAsked, encode: Encode) -> str:
    match part:
        case Text(text):
            return text
        case OfLock("name"):
            return _encoded(asked.name, encode)
        case OfLock("owner"):
            return _encoded(asked.owner, encode)
        case OfLock("token"):
            return _encoded(asked.token, encode)
        case Secret():
            return _encoded(part.reveal(), encode)
        case _:
            raise TypeError(type(part))


def _encoded(value: str, encode: Encode) -> str:
    if _CONTROL.search(value):
        raise Unfillable("what is filled in holds a control character")
    return encode(value)


def _inside(value: str) -> str:
    return json.dumps(value)[1:-1]


def _quoted(value: str) -> str:
    return json.dumps(value)
