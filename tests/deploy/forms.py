"""The published forms of what an operator applies, and what of a document has not its form."""

from __future__ import annotations

import json

from jsonschema import Draft201909Validator

from tests.deploy.manifests import ROOT, Json

PUBLISHED = ROOT / "tests" / "data" / "deploy"


def wrong(schema: Json, document: Json) -> list[str]:
    found = Draft201909Validator(schema).iter_errors(document)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in found]


def kind(document: Json) -> Json:
    published = json.loads((PUBLISHED / "kubernetes.json").read_text(encoding="utf-8"))
    reference = f"#/$defs/{published['kinds'][document['kind']]}"
    return {"$ref": reference, "$defs": published["$defs"]}
