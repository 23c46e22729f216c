from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.people.apps import new_private_key
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.support import PERMISSIONS, SECRET, Client, Ear


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox") as made:
        yield made


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
