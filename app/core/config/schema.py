"""
The JSON Schema of `stagelock.yaml`, made from the parser's own tables.

`app/core/schema.json` is `written()`, byte for byte; a test compares them, and lets random
documents be judged by both. A schema cannot say what the parser checks across the file (undefined
names, cycles, overlaps), so whatever the schema refuses the parser refuses, not the reverse.
"""

from __future__ import annotations

import json
from typing import Any

from app.core.config.stages import DRIFTS, MAX_TIMEOUT_MINUTES
from app.core.config.tables import (
    CHECK,
    COPY,
    DELETE,
    LOCK,
    STAGE,
    STEP,
    TOP,
    VERIFY,
    WAREHOUSE,
    YAML_SET,
    Keys,
)
from app.core.config.values import MAX_TEXT
from app.core.model.durations import DURATION
from app.core.model.names import RESERVED
from app.core.paths.globs import MAX_ENTRY

Schema = dict[str, Any]

_NAME: Schema = {
    "type": "string",
    "pattern": r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$",
    "not": {"anyOf": [{"pattern": r"\.\.|\.lock$"}, {"enum": sorted(RESERVED)}]},
}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_FLAG: Schema = {"type": "boolean"}
_SPAN: Schema = {"anyOf": [{"type": "string", "pattern": f"^{DURATION}$"}, {"const": 0}]}
_LONGER_THAN_NOTHING: Schema = {
    "type": "string",
    "pattern": f"^{DURATION}$",
    "not": {"pattern": "^0+[smhd]$"},
}


def _list(item: Schema, least: int = 1) -> Schema:
    return {"type": "array", "items": item, "minItems": least, "uniqueItems": True}


def _object(keys: Keys, values: dict[str, Schema], *, may_be_empty: bool = False) -> Schema:
    """Describe a mapping; `KeyError` where *values* and the parser's table differ."""
    made: Schema = {
        "type": ["object", "null"] if may_be_empty else "object",
        "properties": {key: values[key] for key in sorted(keys.known)},
        "additionalProperties": False,
    }
    if keys.required:
        made["required"] = list(keys.required)
    return made


def _named(value: Schema, least: int) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"$ref": "#/$defs/name"},
        "additionalProperties": value,
        "minProperties": least,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _checks(least: int) -> Schema:
    return _list(_ref("check"), least)


def _step(uses: str, values: Schema) -> Schema:
    return _object(STEP, {"uses": {"const": uses}, "with": values})


def _steps() -> Schema:
    copy = _object(
        COPY, {"from": _TEXT, "to": _TEXT, "from-stage": _ref("name"), "except": _list(_TEXT)}
    )
    copy["anyOf"] = [{"required": ["from"]}, {"required": ["from-stage"]}]
    scalar = {"type": ["string", "number", "boolean"]}
    values = {"type": "object", "minProperties": 1, "additionalProperties": scalar}
    return {
        "anyOf": [
            _step("copy", copy),
            _step("delete", _object(DELETE, {"path": _TEXT})),
            _step("yaml-set", _object(YAML_SET, {"file": _TEXT, "values": values})),
        ]
    }


def _warehouse() -> Schema:
    entries = _list({"type": "string", "minLength": 1, "maxLength": MAX_ENTRY}, 0)
    values = {"branch": _TEXT, "paths": entries, "paths-ignore": entries, "checks": _checks(0)}
    return _object(WAREHOUSE, values, may_be_empty=True)


def _stage() -> Schema:
    names = _list(_ref("name"))
    steps = {"type": "array", "items": _ref("step"), "minItems": 1}
    minutes = {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MINUTES}
    values: dict[str, Schema] = {
        "freight": _ref("name"),
        "needs": names,
        "needs-any": names,
        "path": _TEXT,
        "branch": _TEXT,
        "steps": steps,
        "auto": _FLAG,
        "via": {"enum": ["commit", "pull-request"]},
        "merge": {"enum": ["people", "auto"]},
        "merge-within": _LONGER_THAN_NOTHING,
        "verify": _object(VERIFY, {"checks": _checks(1)}),
        "timeout-minutes": minutes,
        "lock": {"anyOf": [_ref("name"), names]},
        "soak": _SPAN,
        "at-most-every": _SPAN,
        "on-drift": {"enum": list(DRIFTS)},
        "queue": {"enum": ["latest", "all"]},
        "allow-links": _FLAG,
        "include-github": _FLAG,
    }
    return _object(STAGE, values, may_be_empty=True)


def _lock() -> Schema:
    values: dict[str, Schema] = {
        "permits": {"type": "integer", "minimum": 1, "maximum": 1000},
        "scope": {"const": "repository"},
        "max-hold": _LONGER_THAN_NOTHING,
    }
    return _object(LOCK, values, may_be_empty=True)


def _check() -> Schema:
    app = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$"}
    return {"anyOf": [_TEXT, _object(CHECK, {"name": _TEXT, "app": app})]}


def schema() -> Schema:
    """Make the schema, in JSON Schema's draft 2020-12."""
    top = _object(
        TOP,
        {
            "version": {"const": 1},
            "warehouses": _named(_ref("warehouse"), 1),
            "stages": _named(_ref("stage"), 1),
            "locks": _named(_ref("lock"), 0),
        },
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stagelock.yaml",
        **top,
        "$defs": {
            "name": _NAME,
            "check": _check(),
            "step": _steps(),
            "warehouse": _warehouse(),
            "stage": _stage(),
            "lock": _lock(),
        },
    }


def written() -> str:
    """Write the schema as the file holds it."""
    return json.dumps(schema(), indent=2) + "\n"
