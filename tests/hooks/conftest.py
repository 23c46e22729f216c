"""A server is made once and copied for each test: making it costs a second."""

from __future__ import annotations

import pytest

from tests.hooks.world import World, seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    root = tmp_path_factory.mktemp("seed")
    seed(root)
    return root


@pytest.fixture
def world(seeded, tmp_path):
    return World.copied(seeded, tmp_path / "world")
