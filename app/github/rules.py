"""The calls of `stagelock rulesets`, with a person's token: no permission of the App opens them."""

from __future__ import annotations

from app.github.endpoints import Endpoint

LIST = Endpoint("GET", "/repos/{owner}/{repo}/rulesets")
ONE = Endpoint("GET", "/repos/{owner}/{repo}/rulesets/{ruleset}")
CREATE = Endpoint("POST", "/repos/{owner}/{repo}/rulesets")
UPDATE = Endpoint("PUT", "/repos/{owner}/{repo}/rulesets/{ruleset}")

RULES = (LIST, ONE, CREATE, UPDATE)
"""All of the above."""
