"""
Edits of single scalars in a YAML file that change nothing else, byte for byte.

The file is composed, the new text is spliced in at the parser's marks, and the result is composed
again and compared, node by node, with what was meant. What cannot be done that way is refused with
a reason: a wrong edit of somebody's production values is worse than none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from app.core.model.steps import Value
from app.core.yamledit.json_spelling import json_as_yaml
from app.core.yamledit.key_paths import Index, Key, Match, Segment, parse_key
from app.core.yamledit.scalars import (
    double_quoted,
    in_json,
    stands,
    value_of,
    written,
    written_json,
)

MAX_BYTES = 4 << 20
MAX_DEPTH = 200
_BOM = "\ufeff"
# Ten times faster than the Python one; both give the same places once the mark above is gone.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
IS_FAST = _LOADER is not yaml.SafeLoader
"""Whether that one is here: it has to be built for the Python that runs."""


@dataclass(frozen=True, slots=True)
class EditProblem:
    """Why the edit was not made; *key* is the key at fault, None: the file as a whole."""

    message: str
    key: str | None = None


class _RefusedError(Exception):
    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.problem = EditProblem(message, key)


def is_json(file: str) -> bool:
    """Tell by its name whether *file* is JSON, which must stay JSON."""
    return file.endswith(".json")


class Document:
    """
    A file that is read once, however many of its keys are asked for. *json*: it is JSON.

    *root* is None where the file cannot be read.
    """

    def __init__(self, data: bytes, *, json: bool = False) -> None:
        try:
            self.root: yaml.Node | None = _composed(_decoded(data)[1], json=json)
        except _RefusedError:
            self.root = None

    def value(self, key: str) -> Value | None:
        """
        Read the scalar at *key*; None where there is none, or the file cannot be read.

        ``ValueError`` if *key* is not a key path.
        """
        segments = parse_key(key)
        try:
            return None if self.root is None else value_of(_found(self.root, segments, key))
        except _RefusedError:
            return None


def get_value(data: bytes, key: str, *, json: bool = False) -> Value | None:
    """`Document.value` of a file of which one key is asked."""
    return Document(data, json=json).value(key)


def set_keys(
    data: bytes, values: Mapping[str, Value], *, json: bool = False
) -> bytes | EditProblem:
    """
    Set each key path of *values*, which must exist, to its new value; all of them or none.

    Quotes stay as they are; a text is a text to every reader even where it looks like a number.
    *json*: the file is JSON, and stays it. ``ValueError`` if a key is not a key path.
    """
    parsed = {key: parse_key(key) for key in values}
    values = {key: in_json(value) for key, value in values.items()} if json else values
    try:
        mark, text = _decoded(data)
        root = _composed(text, json=json)
        shared = _shared(root)
        targets = {k: _target(root, parsed[k], k, text, shared) for k in values}
        return (mark + _edited(text, root, targets, values, json=json)).encode()
    except _RefusedError as refused:
        return refused.problem


def _edited(
    text: str,
    root: yaml.Node,
    targets: Mapping[str, yaml.ScalarNode],
    values: Mapping[str, Value],
    *,
    json: bool,
) -> str:
    """Splice in the style that is there; where that would be read differently, with quotes."""
    if len({id(node) for node in targets.values()}) < len(targets):
        raise _RefusedError("two of the keys name the same value")
    edits = [(node, values[k]) for k, node in targets.items() if not stands(node, values[k])]
    styles = (written_json,) if json else (written, _quoted)
    for style in styles:
        made = _spliced(text, [(node, style(node, new)) for node, new in edits])
        try:
            again = _composed(made, json=json)
        except _RefusedError:
            continue
        if _as_meant(root, again, {id(node): new for node, new in edits}):
            return made
    keys = ", ".join(values)
    raise _RefusedError(f"{keys} cannot be set here without changing something else")


def _quoted(_old: yaml.ScalarNode, new: Value) -> str:
    return double_quoted(new.text)


def _spliced(text: str, edits: list[tuple[yaml.ScalarNode, str]]) -> str:
    for node, new in sorted(edits, key=lambda edit: edit[0].start_mark.index, reverse=True):
        start, end = node.start_mark.index, node.end_mark.index
        empty = start == end and text[start - 1 : start] not in (" ", "\t")
        text = text[:start] + " " * empty + new + text[end:]
    return text


def _decoded(data: bytes) -> tuple[str, str]:
    """Split off a byte order mark, which would shift the parser's places by one."""
    if len(data) > MAX_BYTES:
        raise _RefusedError(f"the file is larger than {MAX_BYTES >> 20} MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _RefusedError("the file is not UTF-8") from error
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def _composed(text: str, *, json: bool) -> yaml.Node:
    readable = json_as_yaml(text) if json else text
    try:
        depth = 0
        for event in yaml.parse(readable, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _RefusedError(f"the file is nested more than {MAX_DEPTH} levels deep")
        documents = list(yaml.compose_all(readable, Loader=_LOADER))
    except yaml.YAMLError as error:
        what = "JSON" if json else "YAML"
        raise _RefusedError(f"the file is not valid {what}: {_where(error, text)}") from error
    if len(documents) != 1:
        raise _RefusedError(f"the file holds {len(documents)} documents, not one")
    root: yaml.Node = documents[0]
    return root


def _where(error: yaml.YAMLError, text: str) -> str:
    problem = getattr(error, "problem", None) or "it cannot be read"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(problem)
    line = text.count("\n", 0, mark.index) + 1
    return f"{problem} (line {line}, column {mark.index - text.rfind(chr(10), 0, mark.index)})"


def _target(
    root: yaml.Node, segments: tuple[Segment, ...], key: str, text: str, shared: frozenset[int]
) -> yaml.ScalarNode:
    node = _found(root, segments, key, shared)
    if node.style in ("|", ">"):
        raise _RefusedError(f"{key} is a block of text; only plain and quoted values are set", key)
    if text[node.start_mark.index : node.end_mark.index].startswith(("&", "!")):
        raise _RefusedError(f"{key} has an anchor or a tag; only plain and quoted values are set")
    return node


def _found(
    root: yaml.Node, segments: tuple[Segment, ...], key: str, shared: frozenset[int] = frozenset()
) -> yaml.ScalarNode:
    node = root
    for segment in segments:
        node = _step(node, segment, key)
        if id(node) in shared:
            raise _RefusedError(f"{key} is used in several places of the file by an alias", key)
    if not isinstance(node, yaml.ScalarNode):
        raise _RefusedError(f"{key} is no single value", key)
    return node


def _step(node: yaml.Node, segment: Segment, key: str) -> yaml.Node:
    nodes: list[yaml.Node] = []
    match segment:
        case Key(name):
            nodes = _values(node, name)
        case Index(n):
            nodes = _items(node)[n : n + 1]
        case Match(field, value):
            nodes = [
                item
                for item in _items(node)
                if any(getattr(v, "value", None) == value for v in _values(item, field))
            ]
    if not nodes:
        raise _RefusedError(f"there is no {key}", key)
    if len(nodes) > 1:
        raise _RefusedError(f"{key} is in the file {len(nodes)} times", key)
    return nodes[0]


def _values(node: yaml.Node, name: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [v for k, v in node.value if isinstance(k, yaml.ScalarNode) and k.value == name]


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _shared(root: yaml.Node) -> frozenset[int]:
    """Find the nodes that stand in several places; each is looked into once only."""
    uses: Counter[int] = Counter()
    queue = [root]
    while queue:
        for child in _children(queue.pop()):
            uses[id(child)] += 1
            if uses[id(child)] == 1:
                queue.append(child)
    return frozenset(node for node, n in uses.items() if n > 1)


def _as_meant(old: yaml.Node, new: yaml.Node, changed: Mapping[int, Value]) -> bool:
    """Compare two documents: equal but for the scalars *changed*, which have their new values."""
    seen: set[tuple[int, int]] = set()
    queue = [(old, new)]
    while queue:
        was, now = queue.pop()
        if (id(was), id(now)) in seen:
            continue
        seen.add((id(was), id(now)))
        if id(was) in changed:
            if not _holds(now, changed[id(was)]):
                return False
            continue
        if type(was) is not type(now) or was.tag != now.tag:
            return False
        if isinstance(was, yaml.ScalarNode):
            if was.value != now.value:
                return False
            continue
        below, below_now = list(_children(was)), list(_children(now))
        if len(below) != len(below_now):
            return False
        queue += zip(below, below_now, strict=True)
    return True


def _holds(now: yaml.Node, new: Value) -> bool:
    """Tell whether *now* reads as *new*, or as its text where quotes stayed."""
    if not isinstance(now, yaml.ScalarNode) or now.value != new.text:
        return False
    return stands(now, new) or bool(now.style)
