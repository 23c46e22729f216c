import pytest

from tests.adapters.git.origin import Origin
from tests.adapters.git.server import GitServer


@pytest.fixture
def origin(tmp_path):
    """A bare repository on the server, empty."""
    return Origin.make(tmp_path / "server" / "acme" / "web.git")


@pytest.fixture
def server(tmp_path):
    (tmp_path / "server").mkdir(exist_ok=True)
    with GitServer(tmp_path / "server") as running:
        yield running
