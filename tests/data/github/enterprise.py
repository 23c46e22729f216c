"""``ghes.json``: what GitHub Enterprise Server lacks of the operations of ``rest.json``, and what it adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.data.github.operations import OPERATIONS
from tests.data.github.packages import package
from tests.data.github.schemas import content, resolved

SERVERS = ("3.17", "3.18", "3.19")
"""The versions of GitHub Enterprise Server that the package describes."""
DEEP = 4
"""So many levels of an answer are compared."""


def fields(schema: Any, document: dict[str, Any], depth: int = DEEP, below: str = "") -> set[str]:
    """The paths of all fields of an answer: ``check_runs.app.slug`` (lists are not named)."""
    if not isinstance(schema, dict) or not depth:
        return set()
    schema = resolved(schema, document)
    found = set()
    for key in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(key, ()):
            found |= fields(one, document, depth, below)
    for name, inner in (schema.get("properties") or {}).items():
        found |= {below + name} | fields(inner, document, depth - 1, f"{below}{name}.")
    return found | fields(schema.get("items"), document, depth, below)


def answered(document: dict[str, Any]) -> dict[str, tuple[set[str], set[str]]]:
    """Operation -> the fields of its successes, and its answers of 4xx."""
    found = {}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            if method == "parameters" or operation["operationId"] not in OPERATIONS:
                continue
            answers = operation["responses"]
            good = [resolved(answers[answer], document) for answer in answers if answer[0] == "2"]
            known = set().union(*(fields(content(one), document) for one in good))
            found[operation["operationId"]] = (
                known,
                {answer for answer in answers if answer[0] == "4"},
            )
    return found


def servers(github: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What GHES lacks of github.com's operations and their fields, and which 4xx it adds."""
    here, found = answered(github), {}
    for version in SERVERS:
        document = package("@octokit/openapi", f"generated/ghes-{version}.json", folder)
        there = answered(document)
        lacks = {name: sorted(here[name][0] - there[name][0]) for name in here if name in there}
        more = {name: sorted(there[name][1] - here[name][1]) for name in here if name in there}
        found[version] = {
            "operations": sorted(there),
            "lacks": {name: gone for name, gone in lacks.items() if gone},
            "refuses": {name: new for name, new in more.items() if new},
        }
    return found
