"""A server as an operator starts it, as for the tests of the command line, and a GitHub."""

import pytest

from tests.cli.conftest import app_key, environ, sandbox, start
from tests.setup.browsing import Clock, GitHub, Server

__all__ = ["app_key", "environ", "sandbox", "start"]


@pytest.fixture
def github():
    return GitHub()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(tmp_path, github, clock):
    return Server(tmp_path, github, clock)


@pytest.fixture
def ana(server):
    """Who opened the one-time address first."""
    return server.browser().opens(server)
