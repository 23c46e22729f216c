"""A server as an operator starts it, as for the tests of the command line, and a GitHub."""

import pytest

from app.sandbox.serve.server import Sandbox
from tests.cli.conftest import app_key, environ, start

__all__ = ["app_key", "environ", "start"]


@pytest.fixture
def sandbox(tmp_path):
    """A GitHub with an organisation's repository, and no App of ours."""
    with Sandbox(tmp_path / "github") as made:
        made.world.create_repo("acme/shop", {"README.md": "x\n"}, install=False)
        yield made
