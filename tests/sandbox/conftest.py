from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.people.apps import new_private_key
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.schema import assert_deliveries
from tests.sandbox.support import PERMISSIONS, SECRET, Client, Ear

TOLD: set[str] = set()
"""The forms of payloads that this session has held against GitHub's schemas."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """At the end of each test all payloads have the form that GitHub publishes."""
    with Sandbox(tmp_path / "sandbox") as made:
        yield made
        assert_deliveries(made.world.deliveries, TOLD)


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.world


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.close()


@pytest.fixture(scope="session")
def private_key() -> str:
    return new_private_key()


@pytest.fixture
def client(sandbox: Sandbox, ear: Ear, private_key: str) -> Client:
    """An installed App with a repository ``acme/shop`` of one commit."""
    made = sandbox.world.register_app(
        "stagelock", ear.url, SECRET, PERMISSIONS, private_key_pem=private_key
    )
    sandbox.world.create_repo("acme/shop", {"README.md": "shop\n", "apps/web/a": "1\n"})
    return Client(sandbox, made)
