"""The shapes of JSON Schema that the keys of `stagelock.yaml` are described with."""

from __future__ import annotations

from typing import Any

from app.core.config.tables import Keys
from app.core.config.values import MAX_TEXT

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
FLAG: Schema = {"type": "boolean"}


def a_list(item: Schema, least: int = 1) -> Schema:
    """Describe a list of *item*, each at most once."""
    return {"type": "array", "items": item, "minItems": least, "uniqueItems": True}


def a_mapping(keys: Keys, values: dict[str, Schema], *, may_be_empty: bool = False) -> Schema:
    """Describe a mapping; `KeyError` where *values* and the parser's table differ."""
    made: Schema = {
        "type": ["object", "null"] if may_be_empty else "object",
        "properties": {key: values[key] for key in sorted(keys.known)},
        "additionalProperties": False,
    }
    if keys.required:
        made["required"] = list(keys.required)
    return made


def named(value: Schema, least: int) -> Schema:
    """Describe a mapping from names to *value*."""
    return {
        "type": "object",
        "propertyNames": ref("name"),
        "additionalProperties": value,
        "minProperties": least,
    }


def ref(name: str) -> Schema:
    """Refer to what the schema defines as *name*."""
    return {"$ref": f"#/$defs/{name}"}
