"""From an empty data folder to the first promotion, where no browser reaches the server."""

from __future__ import annotations

import pytest

from app.settings import Settings, kept
from tests.processes import PATIENCE, killed, until
from tests.setup.newcomer import (
    EMPTY,
    OVERLAYS,
    PIPELINE,
    first_promotion,
    promoted,
    secrets_of,
    tagged,
)
from tests.setup.person import Person
from tests.setup.terminal import Terminal

WHICH = "Propose a first stagelock.yaml for which repository"


@pytest.fixture
def running(start):
    return start("serve", **EMPTY).wait_until_ready()


@pytest.fixture
def terminal(environ, running, sandbox, tmp_path):
    """A person at a terminal beside the server, who has confirmed the App and installed it."""
    page = tmp_path / "page.html"
    options = ["--public-url", running.url, "--github-url", sandbox.url]
    options += ["--organisation", "acme", "--page", str(page)]
    made = Terminal({**environ, **EMPTY}, *options)
    until(page.exists, PATIENCE, "no page")
    yield made
    made.killed()


def confirmed(terminal, sandbox, tmp_path):
    """What is typed is what the browser's address bar shows; it installs the App, too."""
    ana = Person().opens((tmp_path / "page.html").as_uri())
    ana.url = "http://a-laptop.example/"
    ana.forwarded().presses("Create GitHub App")
    assert ana.status == 403  # the server knows no session of this browser
    assert "stagelock setup" in ana.text
    terminal.types(ana.url)
    until(lambda: kept.is_there(tmp_path / "data"), PATIENCE, "nothing was kept")
    sandbox.world.install("stagelock-acme", "acme/shop")


def test_the_terminal_does_the_same_with_a_pasted_address(running, terminal, sandbox, tmp_path):
    """No browser reaches the server: what GitHub sends it back with is read from its address bar."""
    confirmed(terminal, sandbox, tmp_path)

    terminal.asks(WHICH)
    assert (terminal.ends(), terminal.err) == (0, "")
    assert f"{sandbox.url}/github-apps/stagelock-acme/installations/new" in terminal.said
    assert "acme: 1 repository (acme/shop)" in terminal.said
    assert "set up" in terminal.said.splitlines()[-1]
    assert not (tmp_path / "page.html").exists()
    for secret in secrets_of(tmp_path / "data"):
        assert secret not in terminal.said + terminal.err
    assert not sandbox.world.pulls("acme/shop")
    promoted(sandbox, running, {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"}, b"one")
    assert Settings.load({"STAGELOCK_DATA_DIR": str(tmp_path / "data")}).public_url == running.url


def test_the_terminal_leads_to_the_first_promotion_and_a_kill_loses_nothing(
    start, running, terminal, sandbox, tmp_path
):
    """Typed are an address and a repository's name; nobody writes a file."""
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    confirmed(terminal, sandbox, tmp_path)
    terminal.asks("Without a stagelock.yaml: acme/shop").asks(WHICH).types("acme/shop")
    terminal.asks(f"Proposed for acme/shop: {sandbox.url}/acme/shop/pull/1")
    assert (terminal.ends(), terminal.err) == (0, "")
    assert "set up" in terminal.said.splitlines()[-1]
    first_promotion(sandbox, running)

    held, port = tagged(sandbox, "dev"), running.url.rpartition(":")[2]
    killed([running])
    again = start("serve", **{**EMPTY, "STAGELOCK_PORT": port}).wait_until_ready()
    assert "token=" not in "".join(again.out)
    status, page = again.get("/setup")
    assert (status, b"This server is set up" in page) == (410, True)
    sandbox.world.push("acme/shop", "main", {"apps/web/src/main.py": "print(2)\n"})
    again.wait_for(lambda: tagged(sandbox, "dev") != held, "the second change was not promoted")
