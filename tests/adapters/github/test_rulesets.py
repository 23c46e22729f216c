"""Rulesets over HTTP: made once, brought up to date, and refusals that say what to do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from githubkit.compat import type_validate_python
from githubkit_schemas.latest.models import ReposOwnerRepoRulesetsPostBody

from app.core.config import parse
from app.core.protection.rulesets import protection
from app.errors import Denied, Missing, Rejected
from app.github.rulesets import Rulesets
from app.settings import Secret
from tests.adapters.github.scripted import BASE, NOW, Script

TOKEN = "ghp_canary0token0of0an0administrator000"
FILE = b"""version: 1
warehouses: {web: {paths: [apps/web]}}
stages:
  dev: {path: stages/dev}
  st: {needs: [dev], branch: env/st}
  prod: {needs: [st], branch: env/prod, via: pull-request}
"""
PIPELINE = parse(FILE, "main").pipeline
assert PIPELINE is not None
ALL = protection(PIPELINE, "main", 7).all


@pytest.fixture
def rulesets(script: Script):
    made = Rulesets(
        "acme/shop",
        Secret(TOKEN),
        f"{script.url}/api/v3",
        clock=lambda: NOW,
        redact=lambda text: text.replace(TOKEN, "***"),
    )
    yield made
    made.close()


@pytest.mark.parametrize("ruleset", ALL, ids=lambda ruleset: ruleset.name)
def test_github_publishes_a_schema_and_every_ruleset_fits_it(ruleset):
    type_validate_python(ReposOwnerRepoRulesetsPostBody, dict(ruleset.document))


def test_a_ruleset_that_is_not_there_is_made_with_the_persons_token(script, rulesets):
    script.on("POST", f"{BASE}/rulesets", 201, {"id": 1})

    assert rulesets.ensure(ALL[0], None) == "made"

    (call,) = script.calls("POST", f"{BASE}/rulesets")
    assert call.body == json.loads(json.dumps(ALL[0].document))
    assert call.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_ruleset_that_says_the_same_is_left_alone_and_another_is_brought_up_to_date(
    script, rulesets
):
    there: dict[str, Any] = {**ALL[0].document, "id": 5, "source": "acme/shop"}
    script.on("GET", f"{BASE}/rulesets/5", 200, there)
    script.on("GET", f"{BASE}/rulesets/6", 200, {**there, "enforcement": "disabled"})
    script.on("PUT", f"{BASE}/rulesets/6", 200, there)

    assert rulesets.ensure(ALL[0], 5) == "unchanged"
    assert rulesets.ensure(ALL[0], 6) == "updated"
    assert len(script.calls("PUT", f"{BASE}/rulesets/6")) == 1


def test_the_repository_its_file_and_its_own_rulesets_are_read(script, rulesets):
    script.on("GET", BASE, 200, {"default_branch": "trunk", "private": True})
    content = base64.encodebytes(FILE).decode()
    script.on("GET", f"{BASE}/contents/stagelock.yaml", 200, {"content": content})
    script.on("GET", f"{BASE}/rulesets", 200, [{"id": 5, "name": "Stagelock: plan"}])

    home = rulesets.home()

    assert (home.default_branch, home.public) == ("trunk", False)
    assert rulesets.file("stagelock.yaml") == FILE
    assert rulesets.file("other.yaml") is None
    assert rulesets.names() == {"Stagelock: plan": 5}
    assert script.calls("GET", f"{BASE}/rulesets")[0].query["includes_parents"] == "false"


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (401, "Bad credentials", Denied),
        (403, "Resource not accessible by personal access token", Denied),
        (404, "Not Found", Missing),
        (422, "Validation Failed", Rejected),
    ],
)
def test_a_refusal_says_why_and_never_shows_the_token(script, rulesets, status, message, error):
    script.on("POST", f"{BASE}/rulesets", status, {"message": f"{message} {TOKEN}"})

    with pytest.raises(error) as caught:
        rulesets.ensure(ALL[0], None)

    assert message in caught.value.message
    assert TOKEN not in caught.value.message
    assert ("administration" in caught.value.message) == (status != 422)
