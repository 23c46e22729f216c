"""From an empty data folder to the first promotion, where no browser reaches the server."""

from __future__ import annotations

from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from app.settings import Settings, kept
from tests.processes import PATIENCE, killed, until
from tests.proxies import Front, Proxy, authority, listening
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


def behind_a_proxy(proxy, ca_file, **more):
    """The environment of a server that reaches GitHub by *proxy* alone, with an authority of its own."""
    way = {"STAGELOCK_PROXY": f"http://127.0.0.1:{proxy.port}", "STAGELOCK_CA_FILE": str(ca_file)}
    return {**EMPTY, **way, **more}


@contextmanager
def led_to(sandbox, tmp_path, *hosts):
    """A proxy that leads to the stand-in, under the names of *hosts*; nobody else knows them."""
    ca_file, context = authority(tmp_path, *hosts)
    there = urlsplit(sandbox.url)
    front = Front(lambda: there.port, context, renamed=there.netloc)
    proxy = Proxy(lambda: front.port)
    with listening(front), listening(proxy):
        yield proxy, ca_file


def agreed(page, ways):
    """A person opens the page somewhere; *ways* are what the names in it lead to from there."""
    ana = Person().opens(page.as_uri())
    for named, real in ways.items():
        assert named in ana.text
        ana.text = ana.text.replace(named, real)
    ana.url = "http://a-laptop.example/"
    ana.forwarded().presses("Create GitHub App")
    assert (ana.status, "stagelock setup" in ana.text) == (403, True)
    return ana


def test_the_terminal_reaches_a_server_with_an_authority_of_its_own_through_a_proxy(
    environ, start, sandbox, tmp_path
):
    """Nobody listens where GitHub is said to be: only the proxy knows the way."""
    page, nowhere = tmp_path / "page.html", "https://localhost:1"
    with led_to(sandbox, tmp_path, "localhost") as (proxy, ca_file):
        behind = behind_a_proxy(proxy, ca_file, STAGELOCK_GITHUB_URL=nowhere)
        running = start("serve", **behind).wait_until_ready()
        options = ["--public-url", running.url, "--organisation", "acme", "--page", str(page)]
        terminal = Terminal({**environ, **behind}, *options)
        try:
            until(page.exists, PATIENCE, "no page")
            terminal.types(agreed(page, {nowhere: sandbox.url}).url)
            terminal.asks(f"{nowhere}/github-apps/stagelock-acme/installations/new")
            sandbox.world.install("stagelock-acme", "acme/shop")
            terminal.asks(WHICH)
            assert (terminal.ends(), terminal.err) == (0, "")
        finally:
            terminal.killed()
        assert "set up" in terminal.said.splitlines()[-1]
        for secret in secrets_of(tmp_path / "data"):
            assert secret not in terminal.said
        files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"}
        promoted(sandbox, running, files, b"one")
    assert set(proxy.asked) == {"localhost:1"}


def test_a_person_sets_up_an_app_of_an_account_of_ones_own_on_github_com(
    environ, start, sandbox, tmp_path
):
    """Its addresses lead to the stand-in, whose API stands below a path, and ours to the server."""
    page, public = tmp_path / "page.html", "https://stagelock.example"
    sandbox.world.create_repo("alice/shop", {"README.md": "x\n"}, install=False)
    with led_to(sandbox, tmp_path, "github.com", "api.github.com") as (proxy, ca_file):
        api = {"STAGELOCK_GITHUB_API_URL": "https://api.github.com/api/v3"}
        behind = behind_a_proxy(proxy, ca_file, **api)
        running = start("serve", **behind).wait_until_ready()
        options = ["--public-url", public, "--github-url", "https://github.com", "--own-account"]
        terminal = Terminal({**environ, **behind}, *options, "--page", str(page))
        try:
            until(page.exists, PATIENCE, "no page")
            ways = {"https://github.com": sandbox.url, public: running.url}
            terminal.types(agreed(page, ways).url)
            terminal.asks("https://github.com/apps/stagelock/installations/new")
            sandbox.world.install("stagelock", "alice/shop")
            terminal.asks("alice: 1 repository (alice/shop)").asks(WHICH)
            assert (terminal.ends(), terminal.err) == (0, "")
        finally:
            terminal.killed()
        assert sandbox.hub.app("stagelock").owner.login == "alice"
        sandbox.world.push("alice/shop", "main", {"stagelock.yaml": PIPELINE, "apps/web/a": "1"})
        running.wait_for(
            lambda: sandbox.world.tree("alice/shop", "main", "stages/dev") != {}, "nothing promoted"
        )
    assert set(proxy.asked) == {"github.com:443", "api.github.com:443"}
