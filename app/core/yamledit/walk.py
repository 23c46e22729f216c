"""Looking around in a YAML file of other people's, whose keys are not known beforehand."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from app.core.yamledit.key_paths import Index, Key, Match, Segment

MOST_NODES = 20_000
"""Of one file; what lies behind them is not looked at."""


def mappings(root: yaml.Node | None) -> Iterator[tuple[tuple[Segment, ...], yaml.MappingNode]]:
    """
    Every mapping below *root*, with the way to it, outer ones first; what an alias repeats, once.

    Items of a list that have a `name` of their own are named by it, others by their place.
    """
    waiting: list[tuple[tuple[Segment, ...], yaml.Node]] = [((), root)] if root is not None else []
    seen: set[int] = set()
    for way, node in waiting:
        if id(node) in seen or len(seen) > MOST_NODES:
            continue
        seen.add(id(node))
        match node:
            case yaml.MappingNode():
                yield way, node
                waiting += [((*way, Key(name)), value) for name, value in pairs(node)]
            case yaml.SequenceNode():
                named = [text(item, "name") for item in node.value]
                for at, item in enumerate(node.value):
                    name = named[at]
                    alone = name and named.count(name) == 1 if len(named) < 500 else None
                    step = Match("name", name) if name and alone else Index(at)
                    waiting.append(((*way, step), item))
            case _:
                pass


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """The keys of a mapping that are scalars, as text, with their values."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield str(key.value), value


def child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """What a mapping has at *name*; None where it has nothing there, or is no mapping."""
    return next((value for key, value in pairs(node) if key == name), None)


def text(node: yaml.Node | None, name: str) -> str | None:
    """The scalar that a mapping has at *name*, as text."""
    scalar_node = child(node, name)
    return str(scalar_node.value) if isinstance(scalar_node, yaml.ScalarNode) else None


def texts(node: yaml.Node | None) -> tuple[str, ...]:
    """The scalars of a list, or the one scalar that stands in its place."""
    if isinstance(node, yaml.ScalarNode):
        return (str(node.value),)
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return tuple(str(item.value) for item in items if isinstance(item, yaml.ScalarNode))
