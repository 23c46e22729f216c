import pytest

from app.core.model.names import FreightId, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Output
from app.git.local import LocalRepo
from tests.adapters.git.origin import Origin
from tests.adapters.git.server import GitServer

DEV = Output("stages/dev")


@pytest.fixture
def origin(tmp_path):
    """A bare repository on the server, empty."""
    return Origin.make(tmp_path / "server" / "acme" / "web.git")


@pytest.fixture
def server(tmp_path):
    (tmp_path / "server").mkdir(exist_ok=True)
    with GitServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def repo(origin):
    """`origin`, opened as somebody's own clone is."""
    with LocalRepo(origin.path) as opened:
        yield opened


@pytest.fixture
def render(origin, repo):
    """Run the steps of a stage dev on a freight and a tip: the answer."""

    def run(*steps, freight, onto, outputs=(DEV,), watched=lambda _: True, upstreams=None, **more):
        stage = Stage(
            StageName("dev"),
            WarehouseName("web"),
            path="stages/dev",
            steps=steps,
            outputs=outputs,
            **more,
        )
        request = RenderRequest(
            stage.name, FreightId(WarehouseName("web"), freight), onto, upstreams or {}
        )
        return repo.render(request, stage, watched)

    return run


@pytest.fixture
def files(repo):
    """What was rendered: path -> its bytes, or the mode of what is no file."""

    def read(rendered):
        assert isinstance(rendered, Rendered), rendered
        objects, found = repo._objects, {}
        for path in objects.trees.changes(None, rendered.tree):
            entry = objects.trees.find(rendered.tree, path)
            found[path] = objects.blob(entry.id) if entry.is_file else oct(entry.mode)
        return found

    return read
