"""
From bytes to nodes with places: everything a hostile file could do is refused here, early.

The size is checked before decoding, and depth, anchors, aliases, tags and further documents while
libyaml's events stream by, so nothing is built that would have to be thrown away. What a scalar
means (number, text) is decided by whoever reads it, not by YAML 1.1: `on`, `yes` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from app.core.config.report import Report, shown
from app.core.model.pipeline import Mark

MAX_BYTES = 64 * 1024
MAX_DEPTH = 50

# The C parser is 10 times faster; both give the same places once a byte order mark is gone.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML lets stand in a file (https://yaml.org/spec/1.1/#c-printable), less U+FEFF.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_START = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as it was written."""

    value: str
    plain: bool
    """Without quotes, so it may be a number, true, false or null."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Seq:
    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Map:
    """Keys are unique; a second one was reported and left out."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Reported:
    """Stands where something was that has been reported already."""

    mark: Mark


Node = Scalar | Seq | Map | Reported


class _TooDeepError(Exception):
    """Reading on would be wasted work; the problem has been reported."""


def compose(data: bytes, report: Report) -> Node | None:
    """
    Read one YAML document; None where nothing can be said about its content.

    Never raises; what is wrong is in *report*.
    """
    text = _decoded(data, report)
    if text is None:
        return None
    try:
        return _Composer(yaml.parse(text, _LOADER), report).document()
    except _TooDeepError:
        return None
    except yaml.MarkedYAMLError as error:
        _report_syntax(error, text, report)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The pure parser lets an escape beyond Unicode (`"\UFFFFFFFF"`) end as ValueError.
        report.add(_START, "syntax", f"not YAML: {shown(str(error))}")
    return None


def _decoded(data: bytes, report: Report) -> str | None:
    if len(data) > MAX_BYTES:
        report.add(_START, "too-large", f"the file has {len(data)} bytes; {MAX_BYTES} are allowed")
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        mark = _mark_at(data[: error.start].decode(), error.start)
        report.add(mark, "encoding", "the file is not valid UTF-8 from here on")
        return None
    text = text.removeprefix("\ufeff")
    if odd := _UNPRINTABLE.search(text):
        mark = _mark_at(text, odd.start())
        report.add(mark, "control-character", f"the character U+{ord(odd[0]):04X} is not allowed")
        return None
    return text


def _mark_at(text: str, index: int) -> Mark:
    before = text[:index]
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    return Mark(len(re.findall(r"\r\n?|\n", before)) + 1, len(before[start:]) + 1)


def _report_syntax(error: yaml.MarkedYAMLError, text: str, report: Report) -> None:
    place = error.problem_mark or error.context_mark
    mark = _mark(place) if place else _START
    lines = re.split(r"\r\n?|\n", text)
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    tab = line.find("\t", 0, len(line) - len(line.lstrip()))
    if tab >= 0:
        message = "there is a tab in the indentation; indent with spaces"
        report.add(Mark(mark.line, tab + 1), "tab", message)
    else:
        what = (error.problem or "cannot be read").removeprefix("found ")
        report.add(mark, "syntax", f"not YAML: {shown(what)}")


def _mark(place: Any) -> Mark:
    return Mark(place.line + 1, place.column + 1)


class _Composer:
    """Builds nodes from parser events, refusing what the pipeline file may not use."""

    def __init__(self, events: Iterator[Event], report: Report) -> None:
        self._events = events
        self._report = report

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            match event:
                case StreamStartEvent() | StreamEndEvent() | DocumentEndEvent():
                    continue
                case DocumentStartEvent() if root is not None:
                    message = "the file must hold one document; a second one begins here"
                    self._report.add(_mark(event.start_mark), "several-documents", message)
                    return root
                case DocumentStartEvent():
                    continue
                case _:
                    root = self._node(event, 1)
        return root

    def _node(self, event: Event, depth: int) -> Node:
        mark = _mark(event.start_mark)
        if isinstance(event, AliasEvent):
            self._report.add(mark, "alias", "aliases are not allowed: write the value out")
            return Reported(mark)
        self._check_decoration(event, mark)
        if isinstance(event, ScalarEvent) and _is_torn(event.value):
            self._report.add(mark, "syntax", "not YAML: half a surrogate pair is not a character")
            return Reported(mark)
        if isinstance(event, ScalarEvent):
            return Scalar(event.value, event.style in (None, ""), mark)
        if depth > MAX_DEPTH:
            self._report.add(mark, "too-deep", f"nested deeper than {MAX_DEPTH} levels")
            raise _TooDeepError
        if isinstance(event, SequenceStartEvent):
            return Seq(tuple(self._children(depth + 1)), mark)
        return self._mapping(mark, depth + 1)

    def _check_decoration(self, event: Event, mark: Mark) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self._report.add(mark, "alias", f"anchors are not allowed: `&{shown(anchor)}`")
        if tag is not None:
            self._report.add(mark, "tag", f"tags are not allowed: `{shown(tag)}`")

    def _children(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, CollectionEndEvent):
                return
            yield self._node(event, depth)

    def _mapping(self, mark: Mark, depth: int) -> Map:
        entries: dict[str, tuple[Scalar, Node]] = {}
        nodes = self._children(depth)
        for key in nodes:
            value = next(nodes)
            if not isinstance(key, Scalar):
                if not isinstance(key, Reported):
                    self._report.add(key.mark, "wrong-type", "a key must be text")
            elif key.value in entries:
                first = entries[key.value][0].mark
                message = f"the key `{shown(key.value)}` is already in line {first.line}"
                self._report.add(key.mark, "duplicate-key", message)
            else:
                entries[key.value] = (key, value)
        return Map(tuple(entries.values()), mark)


def _is_torn(text: str) -> bool:
    """What the fast reader of YAML refuses, the one in Python lets through."""
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)
