"""YAML's scalars as values, and how one is written so that every reader reads it back as meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import yaml
from yaml.resolver import Resolver

from app.core.model.steps import Value

STRING = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
_SAFE = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@+:=~-]|(?<!:) (?=[A-Za-z0-9_./]))*(?<!:)")
# What YAML 1.2 and Go's parser take for a number or a word of their own, although YAML 1.1 does
# not: https://yaml.org/spec/1.2.2/#1032-tag-resolution. A short commit id may look like 12e4567.
_NOT_TEXT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9_]+)?"
    r"|[-+]?0[xX][0-9a-fA-F_]+|[-+]?0[oO]?[0-7_]+|[-+]?0[bB][01_]+|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)|[yYnN]"
)
_TAGGED = "!<"
"""What begins a value with a tag of its own: no text without quotes does."""
_RESOLVER = Resolver()
_OF_JSON = frozenset({f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float")})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def value_of(node: yaml.ScalarNode) -> Value:
    """
    Return the value of *node*; every spelling of null is `null`.

    A text is one to every reader: what some take for a number (`12e4567` without quotes) is none,
    nor is what has a tag of its own, which tells readers to make something else of it.
    """
    if node.tag == NULL:
        return Value("null", is_text=False)
    implied = STRING if node.style else _kind(node.value)
    if node.tag not in (STRING, implied):
        return Value(f"{_TAGGED}{node.tag}> {node.value}", is_text=False)
    sure = node.style or implied != STRING or _NOT_TEXT.fullmatch(node.value) is None
    return Value(str(node.value), is_text=bool(node.tag == STRING and sure))


def spelled(value: Value) -> str:
    """Write *value* as YAML, the same for the same value: "" for null, texts quoted at need."""
    if value.is_text:
        return value.text if _is_plain_text(value.text) else double_quoted(value.text)
    return "" if _kind(value.text) == NULL else value.text


def read_back(spelling: str) -> Value:
    """Read what `spelled` wrote."""
    if spelling.startswith('"'):
        return Value(str(yaml.safe_load(spelling)))
    kind = _kind(spelling)
    if kind == NULL:
        return Value("null", is_text=False)
    sure = not spelling.startswith(_TAGGED) and _NOT_TEXT.fullmatch(spelling) is None
    return Value(spelling, is_text=kind == STRING and sure)


def stands(node: yaml.ScalarNode, value: Value) -> bool:
    """Tell whether every reader reads *node*, as it is written, as *value*."""
    if node.value != value.text:
        return False
    if node.style:
        return value.is_text
    return _is_plain_text(value.text) if value.is_text else node.tag != STRING


def written(old: yaml.ScalarNode, new: Value) -> str:
    """
    Write *new* in the place of *old*, in YAML: what stood in quotes stays so.

    A text in a plain scalar's place gets quotes where a YAML 1.1 or 1.2 reader needs them.
    """
    match old.style:
        case "'" if new.text.isprintable():
            return "'" + new.text.replace("'", "''") + "'"
        case "'" | '"':
            return double_quoted(new.text)
        case _ if not new.is_text or _is_plain_text(new.text):
            return new.text
        case _:
            return double_quoted(new.text)


def written_json(old: yaml.ScalarNode, new: Value) -> str:
    """Write *new* in the place of *old*, in JSON: a text in quotes, the rest if JSON knows it."""
    if not new.is_text and not old.style and _is_json(new.text):
        return new.text
    return json.dumps(new.text, ensure_ascii=False)


def in_json(value: Value) -> Value:
    """*value* as JSON spells it: YAML writes `True` and `0x1F`, too, which JSON does not know."""
    if value.is_text or _is_json(value.text):
        return value
    meant = yaml.safe_load(value.text) if _kind(value.text) in _OF_JSON else None
    spelling = json.dumps(meant)
    return Value(spelling, is_text=False) if _is_json(spelling) and meant is not None else value


def double_quoted(text: str) -> str:
    """Write *text* in double quotes, escaping what YAML does not show."""
    return '"' + "".join(_shown(char) for char in text) + '"'


def _is_plain_text(text: str) -> bool:
    """Tell whether every YAML reader takes *text*, without quotes, for that text."""
    if not text.isprintable() or _SAFE.fullmatch(text) is None:
        return False
    return _kind(text) == STRING and _NOT_TEXT.fullmatch(text) is None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=str), bool | int | float | None)
    except ValueError:
        return False


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
