"""
Scalars and lists, read strictly: a wrong type is told with its place, never guessed around.

Every function returns None where the node does not hold what was asked for; the report says why.
Plain scalars mean what YAML 1.2's core schema says (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.core.config.report import Report, did_you_mean, shown
from app.core.config.yamldoc import Map, Node, Reported, Scalar, Seq
from app.core.model.durations import DURATION, MOST_DIGITS, span
from app.core.model.names import RESERVED, is_name
from app.core.model.pipeline import Mark

T = TypeVar("T")
MAX_TEXT = 1000
_NOT_TEXT = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE"
    r"|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
)
_NULL = re.compile(r"|~|null|Null|NULL")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A text and where it stands."""

    value: str
    mark: Mark


def is_null(node: Node) -> bool:
    """Tell whether nothing was written, or a null."""
    return isinstance(node, Scalar) and node.plain and _NULL.fullmatch(node.value) is not None


def is_text(node: Node) -> bool:
    """Tell whether *node* is text: quoted, or a plain scalar that is no number, boolean or null."""
    return isinstance(node, Scalar) and not (node.plain and _NOT_TEXT.fullmatch(node.value))


def kind(node: Node) -> str:
    """Name what *node* is, as people say it."""
    match node:
        case Map():
            return "a mapping"
        case Seq():
            return "a list"
        case Scalar() if is_null(node):
            return "nothing"
        case Scalar():
            return f"`{shown(node.value)}`"
        case Reported():
            return "nothing"


def wrong_type(
    report: Report, node: Node, key: str, wanted: str, suggestion: str | None = None
) -> None:
    """Tell that *key* must hold *wanted*."""
    if not isinstance(node, Reported):
        message = f"`{key}` must be {wanted}, not {kind(node)}"
        report.add(node.mark, "wrong-type", message, suggestion)


def write_instead(
    report: Report, node: Node, key: str, wanted: str, suggestion: str, written: str
) -> None:
    """Tell that *key* must hold *wanted*, and how what stands there is *written* so."""
    message = f"`{key}` must be {wanted}: write `{shown(written)}`"
    report.add(node.mark, "wrong-type", message, suggestion)


def text(report: Report, node: Node, key: str) -> Placed | None:
    """Read text: quoted, or a plain scalar that is no number, boolean or null."""
    if not isinstance(node, Scalar) or is_null(node):
        wrong_type(report, node, key, "text")
        return None
    if not is_text(node):
        wrong_type(report, node, key, "text (put it in quotes)", f'"{node.value}"')
        return None
    return _checked(report, node, key)


def literal(report: Report, node: Node, key: str) -> Placed | None:
    """Read any scalar as it is written: text, a number, true or false; not null."""
    if not isinstance(node, Scalar) or is_null(node):
        wrong_type(report, node, key, "text, a number, true or false")
        return None
    return _checked(report, node, key)


def _checked(report: Report, node: Scalar, key: str) -> Placed | None:
    if len(node.value) > MAX_TEXT:
        message = f"`{key}` is longer than {MAX_TEXT} characters"
        report.add(node.mark, "wrong-value", message)
    elif _CONTROL.search(node.value):
        report.add(node.mark, "wrong-value", f"`{key}` holds a control character")
    else:
        return Placed(node.value, node.mark)
    return None


def filled(report: Report, node: Node, key: str) -> Placed | None:
    """Read text that is not empty and has no space at its ends."""
    placed = text(report, node, key)
    if placed and (not placed.value or placed.value != placed.value.strip()):
        message = f"`{key}` is empty, or begins or ends with a space"
        report.add(placed.mark, "wrong-value", message)
        return None
    return placed


def boolean(report: Report, node: Node, key: str) -> bool | None:
    """Read `true` or `false`, nothing else."""
    if isinstance(node, Scalar) and node.plain and node.value in ("true", "false"):
        return node.value == "true"
    said = node.value.lower() if isinstance(node, Scalar) else ""
    meant = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false"}
    meant["false"] = "false"
    wrong_type(report, node, key, "`true` or `false`", meant.get(said))
    return None


def integer(report: Report, node: Node, key: str, low: int, high: int) -> int | None:
    """Read a whole number between *low* and *high*, both included."""
    wanted = f"a whole number from {low} to {high}" if low < high else f"{low}"
    number = isinstance(node, Scalar) and re.fullmatch(r"-?[0-9]+", node.value)
    if number and isinstance(node, Scalar) and not node.plain:
        message = f"write `{key}: {shown(node.value)}`, without quotes"
        report.add(node.mark, "wrong-type", message, node.value)
        return None
    if not (isinstance(node, Scalar) and node.plain and re.fullmatch(r"-?[0-9]+", node.value)):
        wrong_type(report, node, key, wanted)
        return None
    if len(node.value) > 9 or not low <= int(node.value) <= high:
        message = f"`{key}` must be {wanted.removeprefix('a whole number ')}, not "
        message += shown(node.value)
        report.add(node.mark, "wrong-value", message)
        return None
    return int(node.value)


def duration(report: Report, node: Node, key: str, *, zero: bool) -> timedelta | None:
    """Read `90s`, `15m`, `2h`, `1d`, or a bare `0`; *zero*: whether none at all is allowed."""
    if not isinstance(node, Scalar):
        wrong_type(report, node, key, "a duration such as `15m`")
        return None
    value = node.value
    if re.fullmatch(DURATION, value):
        length = span(value[:-1], value[-1])
    elif value == "0" and node.plain:
        length = timedelta()
    else:
        guess = f"{value}s" if re.fullmatch(r"[1-9][0-9]{0,3}", value) else None
        message = f"`{key}` must be a whole number and `s`, `m`, `h` or `d`"
        if re.fullmatch(r"[0-9]+[smhd]", value):
            message = f"`{key}` has more than {MOST_DIGITS} digits: write a larger unit, or less"
        else:
            message += did_you_mean(guess) or ", such as `15m`"
        report.add(node.mark, "bad-duration", message, guess)
        return None
    if not length and not zero:
        report.add(node.mark, "bad-duration", f"`{key}` must be longer than zero")
        return None
    return length


def choice(report: Report, node: Node, key: str, options: tuple[str, ...]) -> str | None:
    """Read one of *options*."""
    if isinstance(node, Scalar) and node.value in options:
        return node.value
    wanted = " or ".join(f"`{option}`" for option in options)
    if not isinstance(node, Scalar) or is_null(node):
        wrong_type(report, node, key, wanted)
        return None
    meant = report.closest(node.value, options)
    message = f"`{key}` must be {wanted}, not `{shown(node.value)}`{did_you_mean(meant)}"
    report.add(node.mark, "wrong-value", message, meant)
    return None


def check_name(report: Report, name: str, mark: Mark, what: str) -> None:
    """Tell where *name* may not name a *what*."""
    if is_name(name):
        return
    message = f"`{shown(name)}` cannot name a {what}: "
    if name in RESERVED:
        message += "the name is reserved"
    else:
        message += (
            "names are 1 to 63 of `a-z`, `0-9`, `.`, `_`, `-`, begin and end with a letter or "
            "digit, hold no `..` and do not end in `.lock`"
        )
    report.add(mark, "bad-name", message, as_name(name))


def as_name(name: str) -> str | None:
    """The name that *name* was probably meant to be, where it is none; else None."""
    made = re.sub(r"[^a-z0-9._-]+", "-", name.lower().replace(" ", "-"))[:63].strip("._-")
    return made if made != name and is_name(made) else None


def items(
    report: Report, node: Node, key: str, read: Callable[[Node], T | None], *, least: int = 0
) -> tuple[T, ...]:
    """Read a list of at least *least* entries, each by *read*; what it refuses is left out."""
    if not isinstance(node, Seq):
        if isinstance(node, Scalar) and not is_null(node):
            as_list = f"[{node.value}]" if is_text(node) else f'["{node.value}"]'
            write_instead(report, node, key, "a list", as_list, f"{key}: {as_list}")
        else:
            wrong_type(report, node, key, "a list")
        return ()
    if len(node.items) < least:
        report.add(node.mark, "wrong-value", f"`{key}` is an empty list: leave it out")
    return tuple(value for item in node.items if (value := read(item)) is not None)


def texts(report: Report, node: Node, key: str, *, least: int = 0) -> tuple[Placed, ...]:
    """Read a list of texts; one that stands there twice is told and left out."""
    placeds = items(report, node, key, lambda item: filled(report, item, key), least=least)
    return unique(report, placeds, key)


def unique(report: Report, placeds: tuple[Placed, ...], key: str) -> tuple[Placed, ...]:
    """Leave out, and tell, what stands in a list twice."""
    first: dict[str, Placed] = {}
    for entry in placeds:
        if first.setdefault(entry.value, entry) is not entry:
            message = f"`{shown(entry.value)}` stands in `{key}` twice"
            report.add(entry.mark, "duplicate-entry", message)
    return tuple(first.values())
