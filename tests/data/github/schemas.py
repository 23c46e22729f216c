"""A published schema as it is kept: without prose, corrected, and with the components that it names."""

from __future__ import annotations

from typing import Any

PROSE = {"description", "example", "examples", "title", "externalDocs", "deprecated", "x-github"}


def bare(node: Any, *, names: bool = False) -> Any:
    """The schema without prose; OpenAPI's ``nullable`` said in JSON Schema's words."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: bare(value, names=key in {"properties", "schemas"})
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-") or key in {"default", "format"})
    }
    if names or not kept.pop("nullable", False):
        return kept
    if "enum" in kept and None not in kept["enum"]:
        kept["enum"].append(None)
    if isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
        return kept
    return {"anyOf": [kept, {"type": "null"}]}


def corrected(node: Any) -> None:
    """
    Undo two mistakes in the published schemas, in place.

    An App's `events` are enumerated there by lists that miss newer events (`merge_group`), and
    `apps/list-installations` demands that an account is a user *and* an enterprise.
    """
    if isinstance(node, list):
        for item in node:
            corrected(item)
    elif isinstance(node, dict):
        for name, schema in node.get("properties", {}).items():
            if name == "events" and isinstance(schema, dict) and "items" in schema:
                schema["items"] = {"type": "string"}
            if name == "account" and {"allOf"} in [set(s) for s in schema.get("anyOf", [])]:
                schema["anyOf"][0] = {"$ref": "#/components/schemas/simple-user"}
        for value in node.values():
            corrected(value)


def references(node: Any) -> set[tuple[str, str]]:
    """The components that a schema names: ``("schemas", "simple-user")``."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(references, node.values())) if node else set()
    target = node.get("$ref")
    if isinstance(target, str) and target.startswith("#/components/"):
        _, _, kind, name = target.split("/")
        found.add((kind, name))
    return found


def closure(roots: Any, components: dict[str, Any]) -> dict[str, Any]:
    """Every component that the roots need, directly or through others."""
    kept: dict[str, dict[str, Any]] = {}
    todo = references(roots)
    while todo:
        kind, name = todo.pop()
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = bare(components[kind][name])
            todo |= references(kept[kind][name])
    return kept


def content(node: Any) -> Any:
    """The JSON body's schema of a request or an answer, or None."""
    return node.get("content", {}).get("application/json", {}).get("schema")


def resolved(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    target: dict[str, Any] = document["components"][kind][name]
    return target
