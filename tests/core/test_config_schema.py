"""The published JSON Schema and the parser say the same."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import parse
from app.core.config import tables as t
from app.core.config.schema import schema, written
from app.core.config.steps.registry import STEPS
from tests.core.pipelines import documents

FILE = Path(__file__).parents[2] / "app" / "core" / "schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def accepted(document):
    """Ask the parser; JSON is YAML."""
    return not parse(json.dumps(document).encode()).problems


def test_the_published_schema_is_the_one_made_from_the_parsers_tables():
    """Write it anew with `app.core.config.schema.written()` after a change of the tables."""
    assert FILE.read_text() == written()


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_schema_has_the_parsers_keys():
    steps = {
        step["properties"]["uses"]["const"]: step["properties"]["with"]
        for step in schema()["$defs"]["step"]["anyOf"]
    }
    pairs = [
        (schema(), t.TOP),
        (schema()["$defs"]["warehouse"], t.WAREHOUSE),
        (schema()["$defs"]["stage"], t.STAGE),
        (schema()["$defs"]["lock"], t.LOCK),
        (schema()["$defs"]["stage"]["properties"]["verify"], t.VERIFY),
        (schema()["$defs"]["stage"]["properties"]["windows"], t.WINDOWS),
        (schema()["$defs"]["check"]["anyOf"][1], t.CHECK),
        *((steps[uses], kind.keys) for uses, kind in STEPS.items()),
    ]
    for described, keys in pairs:
        assert set(described["properties"]) == keys.known
        assert tuple(described.get("required", ())) == keys.required
        assert described["additionalProperties"] is False


@given(documents())
def test_what_is_valid_is_valid_for_both(document):
    VALIDATOR.validate(document)
    result = parse(json.dumps(document).encode())
    assert result.problems == ()


def places(node, key=""):
    """Every mapping of the document whose keys are ours, not names or key paths of the users."""
    if isinstance(node, dict):
        if key not in ("warehouses", "stages", "locks", "values"):
            yield node
        for name, value in node.items():
            yield from places(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from places(value)


@given(documents(), st.data())
def test_a_key_that_is_not_known_is_refused_by_both(document, data):
    mapping = data.draw(st.sampled_from(list(places(document))))
    key = data.draw(st.sampled_from(["nede", "Path", "approve", "windows", "on-drift", "service"]))
    mapping[key] = data.draw(st.sampled_from([[], {}, 3, "x y"]))
    assert not VALIDATOR.is_valid(document)
    assert not accepted(document)


@given(documents(), st.data())
def test_what_the_schema_refuses_the_parser_refuses(document, data):
    """Put a value of another type anywhere: no typo is judged in two ways."""
    mapping = data.draw(st.sampled_from([m for m in places(document) if m]))
    key = data.draw(st.sampled_from(sorted(mapping)))
    wrong: st.SearchStrategy[object] = st.sampled_from(
        [None, True, 0, -1, 1.5, "", "A B", [], [[]], {"x": 1}, [1], "0m", 10**7]
    )
    mapping[key] = data.draw(wrong)
    if not VALIDATOR.is_valid(document):
        assert not accepted(document)
