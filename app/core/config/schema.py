"""
The JSON Schema of `stagelock.yaml`, made from the parser's own tables.

`app/core/schema.json` is `written()`, byte for byte; a test compares them, and lets random
documents be judged by both. A schema cannot say what the parser checks across the file (undefined
names, cycles, overlaps), so whatever the schema refuses the parser refuses, not the reverse.
"""

from __future__ import annotations

import json

from app.core.config.people import LOGIN, MOST, MOST_APPROVALS, TEAM
from app.core.config.shapes import FLAG, TEXT, Schema, a_list, a_mapping, named, ref
from app.core.config.stages import DRIFTS, MAX_TIMEOUT_MINUTES
from app.core.config.steps.registry import STEPS
from app.core.config.tables import (
    ALLOW,
    APPROVE,
    CHECK,
    LOCK,
    SERVICE,
    STAGE,
    STEP,
    TOP,
    VERIFY,
    WAREHOUSE,
    WINDOWS,
)
from app.core.config.verification import WORKFLOW
from app.core.config.warehouses import MOST_OF_A_NAME
from app.core.model.durations import DURATION
from app.core.model.names import REQUESTS, RESERVED
from app.core.paths.globs import MAX_ENTRY

_NAME: Schema = {
    "type": "string",
    "pattern": r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$",
    "not": {"anyOf": [{"pattern": r"\.\.|\.lock$"}, {"enum": sorted(RESERVED)}]},
}
_SPAN: Schema = {"anyOf": [{"type": "string", "pattern": f"^{DURATION}$"}, {"const": 0}]}
_LONGER_THAN_NOTHING: Schema = {
    "type": "string",
    "pattern": f"^{DURATION}$",
    "not": {"pattern": "^0+[smhd]$"},
}


_ENVIRONMENT: Schema = {"type": "string", "pattern": r"\S", "maxLength": MOST_OF_A_NAME}
_WORKFLOW: Schema = TEXT | {"pattern": f"^{WORKFLOW}$"}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
_WEIGHT: Schema = {"anyOf": [_COUNT, {"const": "all"}]}
_APPROVALS: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_APPROVALS}


def _people() -> dict[str, Schema]:
    teams, users = ({"type": "string", "pattern": f"^{pattern}$"} for pattern in (TEAM, LOGIN))
    return {
        "teams": a_list(teams) | {"maxItems": MOST},
        "users": a_list(users) | {"maxItems": MOST},
    }


def _checks(least: int) -> Schema:
    return a_list(ref("check"), least)


def _steps() -> Schema:
    kinds = [
        a_mapping(STEP, {"uses": {"const": kind.uses}, "with": kind.schema})
        for kind in STEPS.values()
    ]
    return {"anyOf": kinds}


def _warehouse() -> Schema:
    entries = a_list({"type": "string", "minLength": 1, "maxLength": MAX_ENTRY}, 0)
    values = {"branch": TEXT, "paths": entries, "paths-ignore": entries, "checks": _checks(0)}
    return a_mapping(WAREHOUSE, values, may_be_empty=True)


def _stage() -> Schema:
    names = a_list(ref("name"))
    steps = {"type": "array", "items": ref("step"), "minItems": 1}
    minutes = {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MINUTES}
    values: dict[str, Schema] = {
        "freight": ref("name"),
        "needs": names,
        "needs-any": names,
        "path": TEXT,
        "branch": TEXT,
        "steps": steps,
        "auto": FLAG,
        "via": {"enum": ["commit", "pull-request"]},
        "merge": {"enum": ["people", "auto"]},
        "merge-within": _LONGER_THAN_NOTHING,
        "verify": a_mapping(VERIFY, {"checks": _checks(1), "workflow": _WORKFLOW})
        | {"minProperties": 1},
        "timeout-minutes": minutes,
        "lock": {"anyOf": [ref("name"), names, named(_WEIGHT, 1)]},
        "soak": _SPAN,
        "at-most-every": _SPAN,
        "approve": a_mapping(APPROVE, _people() | {"count": _APPROVALS, "allow-author": FLAG})
        | {"minProperties": 1},
        "allow": a_mapping(ALLOW, _people()) | {"minProperties": 1},
        "windows": a_mapping(WINDOWS, {"allow": a_list(TEXT), "deny": a_list(TEXT)})
        | {"minProperties": 1},
        "on-drift": {"enum": list(DRIFTS)},
        "queue": {"enum": ["latest", "all"]},
        "allow-links": FLAG,
        "include-github": FLAG,
    }
    return a_mapping(STAGE, values, may_be_empty=True)


def _lock() -> Schema:
    values: dict[str, Schema] = {
        "permits": {"anyOf": [_COUNT, a_list(ref("name")) | {"maxItems": 1000}]},
        "scope": {"enum": ["repository", "organization"]},
        "max-hold": _LONGER_THAN_NOTHING,
        "max-wait": _LONGER_THAN_NOTHING,
        "service": {
            "anyOf": [ref("name"), a_mapping(SERVICE, {"name": ref("name"), "resource": TEXT})]
        },
        "refs": a_list({"type": "string", "minLength": 1, "maxLength": MAX_ENTRY}),
        "environments": a_list(_ENVIRONMENT),
    }
    return a_mapping(LOCK, values, may_be_empty=True)


def _check() -> Schema:
    app = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$"}
    return {"anyOf": [TEXT, a_mapping(CHECK, {"name": TEXT, "app": app})]}


def schema() -> Schema:
    """Make the schema, in JSON Schema's draft 2020-12."""
    top = a_mapping(
        TOP,
        {
            "version": {"const": 1},
            "warehouses": named(ref("warehouse"), 1),
            "stages": named(ref("stage"), 1),
            "locks": named(ref("lock"), 0)
            | {"propertyNames": {**ref("name"), "not": {"const": REQUESTS}}},
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
