"""
Key paths: how a scalar inside a YAML file is named (`images[name=web].newTag`, `a.b[0].c`, and
`[0].tag` where the file's root is a list).

A name is written bare, or in double or single quotes where it holds `.`, `[`, `]`, `#`, `=`, a
quote, or space at an end (`metadata.annotations."example.org/rev"`). `[3]` is an item by place,
`[name=web]` the item whose field `name` is `web` (the value may be quoted as well). Within quotes
a backslash takes the next character as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_KEY_LENGTH = 500
_BARE = re.compile(r"[^.\[\]\"'#=\s](?:[^.\[\]\"'#=]*[^.\[\]\"'#=\s])?")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'")
_INDEX = re.compile(r"\[(0|[1-9][0-9]{0,5})\]")
_VALUE = re.compile(r"[^\]\"']+")
_ESCAPE = re.compile(r"\\(.)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Key:
    """The value of *name* in a mapping."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """The item at place *n* (from 0) of a list."""

    n: int


@dataclass(frozen=True, slots=True)
class Match:
    """The only item of a list of mappings whose *field* is the scalar *value*, as text."""

    field: str
    value: str


Segment = Key | Index | Match


def parse_key(text: str) -> tuple[Segment, ...]:
    """
    Read a key path: at least one segment; the first is a name, or an item of a list at the root.

    ``ValueError`` with a text for people where *text* is not a key path.
    """
    if len(text) > MAX_KEY_LENGTH:
        raise ValueError(f"a key path is at most {MAX_KEY_LENGTH} characters long")
    if _CONTROL.search(text):
        raise ValueError("a key path holds no control characters")
    segments: list[Segment] = []
    at = 0
    if not text.startswith("["):
        name, at = _token(text, 0, _BARE)
        segments.append(Key(name))
    while at < len(text):
        segment, at = _next(text, at)
        segments.append(segment)
    return tuple(segments)


def format_key(segments: tuple[Segment, ...]) -> str:
    """Write *segments* so that `parse_key` reads them back: one spelling for one place."""
    written = ""
    for segment in segments:
        match segment:
            case Key(name):
                written += ("." if written else "") + _quoted(name, _BARE)
            case Index(n):
                written += f"[{n}]"
            case Match(field, value):
                written += f"[{_quoted(field, _BARE)}={_quoted(value, _VALUE)}]"
    return written


def overlap(a: tuple[Segment, ...], b: tuple[Segment, ...]) -> bool:
    """
    Tell whether the two may name the same place, or one a place inside the other.

    Items named in different ways (`[0]`, `[name=web]`, `[id=1]`) may be the same item.
    """
    return all(_may_be_same(first, second) for first, second in zip(a, b, strict=False))


def _may_be_same(a: Segment, b: Segment) -> bool:
    match a, b:
        case (Key(), Key()) | (Index(), Index()):
            return a == b
        case Match(), Match():
            return a.field != b.field or a.value == b.value
        case (Key(), _) | (_, Key()):
            return False
        case _:
            return True


def _next(text: str, at: int) -> tuple[Segment, int]:
    if text[at] == ".":
        name, at = _token(text, at + 1, _BARE)
        return Key(name), at
    if text[at] != "[":
        raise ValueError(f"expected `.` or `[` before `{text[at:]}`")
    if index := _INDEX.match(text, at):
        return Index(int(index[1])), index.end()
    field, at = _token(text, at + 1, _BARE)
    if text[at : at + 1] != "=":
        raise ValueError("an item is named by its place or by a field: `[0]`, `[name=web]`")
    value, at = _token(text, at + 1, _VALUE)
    if text[at : at + 1] != "]":
        raise ValueError("a `]` is missing")
    return Match(field, value), at + 1


def _token(text: str, at: int, bare: re.Pattern[str]) -> tuple[str, int]:
    """Read one name or value, quoted or not, at *at*."""
    if quoted := _QUOTED.match(text, at):
        inner = quoted[1] if quoted[1] is not None else quoted[2]
        return _ESCAPE.sub(r"\1", inner), quoted.end()
    if plain := bare.match(text, at):
        return plain[0], plain.end()
    raise ValueError(f"a name is missing at character {at + 1}; quote names that hold `.[]#=`")


def _quoted(text: str, bare: re.Pattern[str]) -> str:
    if bare.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
