"""Every call of ours, made once: the token that it carries opens no more than that call's kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import request

from app.github.endpoints import ENDPOINTS, REPOSITORIES, Endpoint
from app.sandbox.serve.server import Sandbox
from app.settings.apiversions import API_VERSIONS
from tests.calls.recording import reads

LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True)
class Carried:
    """A request that arrived at GitHub, and what its token opened then; None: the App's own key."""

    method: str
    path: str
    permissions: Mapping[str, str] | None
    repositories: frozenset[int] | None


class Gate:
    """Stands before the sandbox, and looks at each token that comes by."""

    def __init__(self) -> None:
        self.seen: list[Carried] = []
        self.numbers: dict[str, int] = {}

    def watch(self, sandbox: Sandbox) -> None:
        @sandbox.flask.before_request
        def look() -> None:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            known = sandbox.hub.tokens.get(token)
            self.numbers |= {repo.full_name: repo.id for repo in list(sandbox.hub.repos.values())}
            path = request.path.partition("/api/v3")[2]
            if known is not None:
                ids = None if known.repo_ids is None else frozenset(known.repo_ids)
                found = Carried(request.method, path, dict(known.permissions), ids)
                self.seen.append(found)
            elif scheme.lower() == "bearer" and path:
                self.seen.append(Carried(request.method, path, None, None))


def endpoint_of(one: Carried) -> Endpoint:
    """The most literal of ours that has this method and path."""
    fitting = [
        known
        for known in ENDPOINTS
        if known.method == one.method and re.fullmatch(_pattern(known.path), one.path)
    ]
    return min(fitting, key=lambda known: known.path.count("{"))


def _pattern(path: str) -> str:
    """Placeholders are one segment each; *path* alone is the rest."""
    escaped = re.escape(path).replace(r"\{path\}", ".+")
    return re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", escaped)


def too_much(gate: Gate, one: Carried) -> str:
    """Why what *one* carried opens more than it was for; "" where it does not."""
    name, _, level = endpoint_of(one).permission.partition(":")
    if one.permissions is None or not name:
        return "" if one.permissions is None and not name else "the wrong kind of key"
    if LEVELS.index(one.permissions.get(name, "none")) < LEVELS.index(level):
        return "too little"
    if endpoint_of(one) == REPOSITORIES and one.repositories is not None:
        # A new token of one repository proves itself there before it is used (rule GH9).
        return "" if len(one.repositories) == 1 else f"it opens {one.repositories}"
    if level == "read" and set(one.permissions.values()) != {"read"}:
        return "it writes"
    where = re.match(r"/repos/([^/]+/[^/]+)/?|/repositories/(\d+)", one.path)
    if where is None:  # no repository's: it opens none
        return "" if set(one.permissions) <= {"metadata", "members"} else "it opens repositories"
    number = gate.numbers[where[1]] if where[1] else int(where[2])
    if one.repositories != frozenset({number}):
        return f"it opens {one.repositories}"
    if level == "read":
        return ""
    others = set(one.permissions) - {"metadata"}
    alone = others == {"contents"} if name == "contents" else "contents" not in others
    return "" if alone else f"it opens {sorted(others)}"


@pytest.fixture(scope="module", params=API_VERSIONS)
def gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Gate:
    made = Gate()
    root: Path = tmp_path_factory.mktemp("least") / "hub"
    reads(root, request.param, made.watch)
    return made


def test_no_call_carries_a_token_that_opens_more_than_it_is_for(gate: Gate) -> None:
    found = {(one.method, one.path): why for one in gate.seen if (why := too_much(gate, one))}
    assert found == {}


def test_each_call_was_seen_with_what_it_carried(gate: Gate) -> None:
    """So that the walk leaves none out."""
    assert {endpoint_of(one) for one in gate.seen} == set(ENDPOINTS)
