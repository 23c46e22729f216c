"""`yaml-set`: give existing keys of a YAML or JSON file their values."""

from __future__ import annotations

from app.core.config.fields import Fields
from app.core.config.report import shown
from app.core.config.shapes import TEXT, Schema, a_mapping
from app.core.config.steps.kind import Kind, Place, StepAt
from app.core.config.tables import table
from app.core.config.templates import check_template
from app.core.config.values import is_text, literal, wrong_type
from app.core.config.yamldoc import Map, Node, Reported, Scalar
from app.core.model.steps import Value, YamlSet
from app.core.yamledit.key_paths import format_key, parse_key

_KEYS = table("file values", "file values")


def _read(place: Place, keys: Fields) -> StepAt | None:
    report = place.context.report
    file = place.target(keys, "file", root=False)
    node = keys.get("values")
    if not isinstance(node, Map):
        if node is not None and not isinstance(node, Reported):
            wrong_type(report, node, "values", "a mapping from key paths to values")
        return None
    if not node.entries:
        report.add(node.mark, "wrong-value", "`values` is empty")
    values = _values(place, node)
    return (YamlSet(file, values), keys.mark) if values and file is not None else None


def _values(place: Place, node: Map) -> tuple[tuple[str, Value], ...] | None:
    """Read key paths and their values; None (and told) where one of them is wrong."""
    values: dict[str, Value] = {}
    report = place.context.report
    for key, value_node in node.entries:
        value = _value(place, key, value_node)
        if value and value[0] in values:
            message = f"`{shown(key.value)}` names the same place as a key before"
            report.add(key.mark, "duplicate-entry", message)
        elif value:
            values[value[0]] = value[1]
    return tuple(values.items()) if len(values) == len(node.entries) else None


def _value(place: Place, key: Scalar, node: Node) -> tuple[str, Value] | None:
    report = place.context.report
    value = literal(report, node, key.value)
    if value:
        check_template(place, value)
    try:
        segments = parse_key(key.value)
    except ValueError as error:
        report.add(key.mark, "bad-key-path", f"`{shown(key.value)}`: {error}")
        return None
    if value is None:
        return None
    return format_key(segments), Value(value.value, is_text=is_text(node))


def _schema() -> Schema:
    scalar = {"type": ["string", "number", "boolean"]}
    values = {"type": "object", "minProperties": 1, "additionalProperties": scalar}
    return a_mapping(_KEYS, {"file": TEXT, "values": values})


YAML_SET = Kind("yaml-set", _KEYS, _read, _schema())
