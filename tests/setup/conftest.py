"""A server as an operator starts it, as for the tests of the command line."""

from tests.cli.conftest import app_key, environ, start

__all__ = ["app_key", "environ", "start"]
