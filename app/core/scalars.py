"""How a new YAML scalar is written in the place of an old one: same quotes, same kind of value."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml
from yaml.resolver import Resolver

STRING = "tag:yaml.org,2002:str"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_SAFE = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@+:=~-]|(?<!:) (?=[A-Za-z0-9_./]))*(?<!:)")
# What YAML 1.2 and Go's parser take for a number or a word of their own, although YAML 1.1 does
# not: https://yaml.org/spec/1.2.2/#1032-tag-resolution. A short commit id may look like 12e4567.
_NOT_TEXT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9_]+)?"
    r"|[-+]?0[xX][0-9a-fA-F_]+|[-+]?0[oO]?[0-7_]+|[-+]?0[bB][01_]+|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)|[yYnN]"
)
_RESOLVER = Resolver()
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def written(old: yaml.ScalarNode, new: str) -> str:
    """Write *new* with the quotes of *old*; a plain one gets some where its kind would change."""
    printable = new.isprintable()
    match old.style:
        case "'" if printable:
            return "'" + new.replace("'", "''") + "'"
        case "'" | '"':
            return double_quoted(new)
        case _:
            plain = printable and _SAFE.fullmatch(new) is not None and _same_kind(old, new)
            return new if plain else double_quoted(new)


def double_quoted(text: str) -> str:
    """Write *text* in double quotes, escaping what YAML does not show."""
    return '"' + "".join(_shown(char) for char in text) + '"'


def _same_kind(old: yaml.ScalarNode, new: str) -> bool:
    kind = _kind(new)
    if old.tag in _NUMBERS and kind in _NUMBERS:
        return True
    if kind == old.tag != STRING:
        return True
    return kind == STRING and _NOT_TEXT.fullmatch(new) is None


def _kind(text: str) -> str:
    resolve: Callable[[type, str, tuple[bool, bool]], str] = _RESOLVER.resolve
    return resolve(yaml.ScalarNode, text, (True, False))


def _shown(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
