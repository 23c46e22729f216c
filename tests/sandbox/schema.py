"""
Hold JSON against GitHub's published schemas (see tests/data/github/README.md).

`assert_matches` for REST answers, `assert_request` for what our App sends, `assert_webhook` for
payloads, `assert_deliveries` and `assert_exchanges` for everything that a sandbox has recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from app.sandbox.github.model import Delivery
from app.sandbox.serve.rest.server import Exchange

DATA = Path(__file__).parent.parent / "data" / "github"


@cache
def _document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / name).read_text())
    return loaded


@cache
def _routes() -> list[tuple[str, re.Pattern[str], str]]:
    found = []
    for operation, about in _document("rest.json")["operations"].items():
        pattern = re.sub(r"\\{(ref|branch|path)\\}", "(.+)", re.escape(about["path"]))
        pattern = re.sub(r"\\{[^}]+\\}", "([^/]+)", pattern)
        found.append((about["method"], re.compile(pattern + "$"), operation))
    return sorted(found, key=lambda r: ("(.+)" in r[1].pattern, -len(r[1].pattern)))


def operation_of(method: str, path: str) -> str | None:
    """GitHub's operation id for a call, as ``checks/create``; None when it is not vendored."""
    if re.fullmatch(r"/repositories/\d+", path):
        return "repos/get"  # a repository by its number: what links of GitHub's own lead to
    for known, pattern, operation in _routes():
        if known == method and pattern.match(path):
            return operation
    return None


@cache
def _components(document: str, version: str) -> dict[str, Any]:
    """The schemas of one version of the API: what it removed is not allowed in them."""
    known = _document(document)["components"]
    gone = _document(document).get("removed", {}).get(version, {})
    schemas = dict(known["schemas"])
    for name, fields in gone.items():
        old = schemas[name]
        required = [field for field in old.get("required", ()) if field not in fields]
        allowed = {**old["properties"], **dict.fromkeys(fields, False)}
        schemas[name] = {**old, "properties": allowed, "required": required}
    return {**known, "schemas": schemas}


def removed(version: str) -> set[str]:
    """The fields that *version* took out of any answer that we know."""
    gone = _document("rest.json")["removed"].get(version, {})
    return {field for fields in gone.values() for field in fields}


@cache
def fields_of(operation: str, version: str) -> frozenset[str]:
    """The paths of all fields of an operation's success: ``check_runs.app.slug``."""
    schemas = _components("rest.json", version)["schemas"]
    answers = _document("rest.json")["operations"][operation]["answers"]
    good = [schema for status, schema in answers.items() if status[0] == "2"]
    return frozenset().union(*(_fields(schema, schemas) for schema in good))


def _fields(schema: Any, schemas: dict[str, Any], depth: int = 4, below: str = "") -> set[str]:
    """As `fields` of tests/data/github/enterprise.py; a field that is not allowed is none."""
    if not isinstance(schema, dict) or not depth:
        return set()
    if "$ref" in schema:
        return _fields(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth, below)
    found = _fields(schema.get("items"), schemas, depth, below)
    for one in (one for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, ())):
        found |= _fields(one, schemas, depth, below)
    for name, inner in schema.get("properties", {}).items():
        if inner is not False:
            found |= {below + name} | _fields(inner, schemas, depth - 1, f"{below}{name}.")
    return found


def _check(schema: Any, value: Any, document: str, what: str, version: str = "") -> None:
    if schema is None:
        return
    root = {**schema, "components": _components(document, version)}
    errors = sorted(Draft202012Validator(root).iter_errors(value), key=lambda e: list(e.path))
    inner = [cause for e in errors for cause in (e.context or [e])]
    said = [f"{'/'.join(map(str, e.absolute_path)) or '.'}: {e.message[-160:]}" for e in inner]
    assert not errors, f"{what}:\n" + "\n".join(said[:12])


def _operation(name: str) -> tuple[str, dict[str, Any]]:
    if " " in name:
        found = operation_of(*name.split(" ", 1))
        assert found is not None, f"no published schema for {name}"
        name = found
    return name, _document("rest.json")["operations"][name]


def assert_matches(operation: str, status: int, answer: Any, version: str = "") -> None:
    """*operation*: an id as ``checks/create``, or ``POST /repos/o/r/check-runs``."""
    name, about = _operation(operation)
    assert str(status) in about["answers"], f"{name} does not answer {status}"
    _check(about["answers"][str(status)], answer, "rest.json", f"{name} {status}", version)


def assert_request(operation: str, sent: Any) -> None:
    """What a client sent is a body that GitHub documents."""
    name, about = _operation(operation)
    _check(about["request"], {} if sent is None else sent, "rest.json", f"body of {name}")


def assert_webhook(event: str, action: str | None, payload: Any) -> None:
    """A payload has the published shape, and the keys that all of GitHub's examples have."""
    name = f"{event}_{action}" if action else event
    schemas = _document("webhooks.json")["events"]
    assert name.replace("_", "-") in schemas, f"no published schema for {name}"
    _check(schemas[name.replace("_", "-")], payload, "webhooks.json", name)
    for keys in _document("examples.json").get(name, []):
        place = payload
        for key in keys:
            assert isinstance(place, dict), f"{name}: {keys}"
            assert key in place, f"{name} lacks {'.'.join(keys)}"
            place = place[key]


def assert_deliveries(deliveries: Iterable[Delivery], seen: set[str]) -> None:
    """Every payload matches; of a form that is in *seen* already none is looked at again."""
    for delivery in deliveries:
        changes = delivery.payload.get("changes", {})
        form = repr((delivery.event, delivery.action, sorted(delivery.payload), sorted(changes)))
        if form not in seen:
            assert_webhook(delivery.event, delivery.action, delivery.payload)
            seen.add(form)


def assert_exchanges(exchanges: Iterable[Exchange]) -> None:
    """Every recorded call: requests that succeeded, and all successful answers, match."""
    for call in exchanges:
        operation = operation_of(call.method, call.path)
        if operation is not None and 200 <= call.status < 300:
            assert_request(operation, call.sent)
            if call.answered is not None:
                assert_matches(operation, call.status, call.answered, call.version)
