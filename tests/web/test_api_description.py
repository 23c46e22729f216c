"""`openapi.json` is true: its form is OpenAPI's, its paths are the server's, and the guide lists them."""

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.observe import Metrics
from app.web.api.table import ROUTES
from app.web.application import create_app
from tests.web.conftest import NOW, SECRET

GUIDE = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")


@pytest.fixture
def flask(store):
    return create_app(store=store, secrets=(SECRET,), clock=lambda: NOW, metrics=Metrics())


@pytest.fixture
def description(flask):
    answer = flask.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_it_has_the_form_that_openapi_publishes(description):
    assert [error.message for error in OpenAPIV31SpecValidator(description).iter_errors()] == []
    assert description["openapi"].startswith("3.1")


def test_it_names_every_route_and_no_other(flask, description):
    """The ways from names to ids, and the description itself, are told in words."""
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in flask.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    told = {
        (path, method.upper())
        for path, operations in description["paths"].items()
        for method in operations
    }
    beside = {
        ("/api/v1/openapi.json", "GET"),
        ("/api/v1/locks/{rest}", "GET"),
        ("/api/v1/locks/{rest}", "POST"),
    }
    assert served - told == beside
    assert told - served == set()


def test_every_refusal_of_an_operation_has_the_one_form(description):
    for operations in description["paths"].values():
        for operation in operations.values():
            assert {"401", "403", "503"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                [content] = response["content"].values()
                is_problem = content["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert is_problem == (int(status) >= 400)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_guide_lists_each_route_with_its_scopes(route):
    [line] = [
        line for line in GUIDE.splitlines() if line.startswith(f"| `{route.method} {route.path}` |")
    ]
    assert all(f"`{scope}`" in line for scope in route.scopes)
