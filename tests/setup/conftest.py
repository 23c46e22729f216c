"""A server as an operator starts it, as for the tests of the command line, and a GitHub."""

from tests.cli.conftest import app_key, environ, sandbox, start

__all__ = ["app_key", "environ", "sandbox", "start"]
