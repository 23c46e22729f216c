"""GitHub behind a proxy, with a certificate of a company's own: API and Git go one way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.flows.harness import ONE_BRANCH, Flow, flowing
from tests.proxies import Front, Proxy, authority, listening

DEV = ONE_BRANCH.partition("  e2e:\n")[0]
FILES = {"stagelock.yaml": DEV, "apps/web/index.html": "one"}
NOWHERE = "https://localhost:1"
"""Nobody listens there: only the proxy knows the way."""
CANARY = "proxy-canary-9f3"


@pytest.fixture
def ways(tmp_path: Path) -> Iterator[tuple[Proxy, Front, Path]]:
    """A proxy before a server that speaks TLS, and the authority's file."""
    ca_file, context = authority(tmp_path)
    front = Front(lambda: 0, context)
    proxy = Proxy(lambda: front.port)
    with ExitStack() as stack:
        stack.enter_context(listening(front))
        stack.enter_context(listening(proxy))
        yield proxy, front, ca_file


def behind(root: Path, front: Front, ca_file: Path, **env: str) -> Flow:
    """A flow whose App knows GitHub by an address that is *front*'s, or nobody's."""
    where = env.pop("where", NOWHERE)
    (root / "flow").mkdir()
    known = {
        "STAGELOCK_GITHUB_URL": where,
        "STAGELOCK_GITHUB_API_URL": f"{where}/api/v3",
        "STAGELOCK_CA_FILE": str(ca_file),
    }
    flow = Flow(root / "flow", environ=known | env)
    front.behind = lambda: urlsplit(flow.sandbox.url).port or 0
    return flow


def promotes(flow: Flow) -> None:
    """A push is promoted and shown, and nothing secret is."""
    flow.start()
    try:
        first = flow.repo(FILES)
        assert flow.landed("dev", first)
        assert flow.state(first, "dev") == "success"
        said = [f"{run.title} {run.summary}" for run in list(flow.world.hub.runs.values())]
        assert not [text for text in said if CANARY in text]
    finally:
        flow.stop()


@pytest.mark.parametrize("variable", ["STAGELOCK_PROXY", "HTTPS_PROXY", "https_proxy"])
def test_api_and_git_go_through_the_proxy(tmp_path: Path, ways, variable: str):
    proxy, front, ca_file = ways
    promotes(behind(tmp_path, front, ca_file, **{variable: f"http://127.0.0.1:{proxy.port}"}))
    assert set(proxy.asked) == {"localhost:1"}
    assert len(proxy.asked) > 3, "the connection of API calls stays open; each git opens its own"


def test_a_proxy_that_wants_a_password_gets_it_and_nobody_else_does(tmp_path: Path, ways):
    proxy, front, ca_file = ways
    proxy.user = f"ada:{CANARY}"
    address = f"http://ada:{CANARY}@127.0.0.1:{proxy.port}"
    promotes(behind(tmp_path, front, ca_file, STAGELOCK_PROXY=address))
    assert proxy.asked


def test_who_is_named_in_no_proxy_is_reached_directly(tmp_path: Path, ways):
    proxy, front, ca_file = ways
    address, where = f"http://127.0.0.1:{proxy.port}", f"https://localhost:{front.port}"
    promotes(
        behind(
            tmp_path,
            front,
            ca_file,
            where=where,
            HTTPS_PROXY=address,
            NO_PROXY="x.example,localhost",
        )
    )
    assert proxy.asked == []


def test_without_its_authority_nothing_is_believed(tmp_path: Path, ways, monkeypatch):
    _, front, ca_file = ways
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    where = f"https://localhost:{front.port}"
    flow = behind(tmp_path, front, ca_file, where=where, STAGELOCK_CA_FILE="")
    flow.start()
    try:
        first = flow.repo(FILES)
        assert "stages/dev/web/index.html" not in flow.world.tree("acme/shop", "main", "stages")
        assert flow.run(first, "dev") is None
    finally:
        flow.stop()


def test_the_surroundings_of_the_process_change_nothing(tmp_path: Path, ways, monkeypatch):
    """Only the settings count: Git's children would read these variables by themselves."""
    proxy, _front, _ = ways
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    (tmp_path / "other").mkdir()
    with flowing(tmp_path / "other") as flow:
        assert flow.landed("dev", flow.repo(FILES))
    assert proxy.asked == []
