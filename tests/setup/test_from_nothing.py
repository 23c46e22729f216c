"""From `stagelock serve` with an empty data folder to the first promotion, over real HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from app.sandbox.serve.server import Sandbox
from app.settings import Settings, kept
from tests.cli.test_serve_setup import NAMELESS, invited
from tests.processes import until
from tests.proxies import Front, Proxy, authority, listening
from tests.setup.person import Person

PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
"""
KUSTOMIZATION = "resources: [../../base]\nimages:\n  - name: web\n    newTag: {}\n"
NOWHERE = "https://localhost:1"
EMPTY = {**NAMELESS, "STAGELOCK_GITHUB_URL": "", "STAGELOCK_QUIET_SECONDS": "0"}


@pytest.fixture
def sandbox(tmp_path):
    """A GitHub with an organisation's repository, and no App of ours."""
    with Sandbox(tmp_path / "github") as made:
        made.world.create_repo("acme/shop", {"README.md": "x\n"}, install=False)
        yield made


def secrets_of(data_dir):
    found = kept.load(data_dir)
    return [
        found.webhook_secret.reveal(),
        found.client_secret.reveal(),
        found.private_key.reveal().splitlines()[1],
    ]


def says_where(ana, running, sandbox):
    """One click; the page's script goes on to GitHub."""
    ana.presses(
        "Create the App on GitHub",
        public_url=running.url,
        server="own",
        github_url=sandbox.url,
        organisation="acme",
    )
    ana.forwarded()


def promoted(sandbox, running, files, wanted):
    sandbox.world.push("acme/shop", "main", files)
    running.wait_for(
        lambda: (
            sandbox.world.tree("acme/shop", "main", "stages/dev")
            == {"stages/dev/web/index.html": wanted}
        ),
        "nothing was promoted",
    )


def test_five_clicks_and_no_typed_secret_lead_to_the_first_promotion(start, sandbox, tmp_path):
    running = start("serve", **EMPTY).wait_until_ready()
    ana = Person().opens(invited(running))
    assert ana.url == f"{running.url}/setup"

    says_where(ana, running, sandbox)
    assert "Create a GitHub App for acme" in ana.text
    ana.presses("Create GitHub App")
    assert ana.url == f"{running.url}/setup"
    assert "It is installed nowhere yet" in ana.text
    ana.follows("Install it on GitHub").presses("Install")
    assert ana.url.startswith(f"{running.url}/setup?installation_id=")
    assert "acme/shop" in ana.text
    ana.presses("Done: close this page for good")
    assert "Done: this server is set up" in ana.text
    assert ana.clicks == 5

    promoted(
        sandbox,
        running,
        {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"},
        b"one",
    )
    assert running.get("/readyz")[0] == 200
    assert ana.opens(f"{running.url}/setup").status == 410
    shown = "".join(running.err) + "".join(running.out) + " ".join(ana.visited)
    for secret in secrets_of(tmp_path / "data"):
        assert secret not in shown

    assert running.end() == 0
    again = start("serve", **{**EMPTY, "STAGELOCK_PORT": running.url.rpartition(":")[2]})
    again.wait_until_ready()
    assert "token=" not in "".join(again.out)
    promoted(sandbox, again, {"apps/web/index.html": "two"}, b"two")


OVERLAYS = {
    "apps/web/src/main.py": "print(1)\n",
    "apps/web/base/kustomization.yaml": "resources: [deployment.yaml]\n",
    "apps/web/overlays/dev/kustomization.yaml": KUSTOMIZATION.format('""'),
    "apps/web/overlays/prod/kustomization.yaml": KUSTOMIZATION.format("v1.8.3"),
}


def proposed(sandbox):
    """Whether the pull request of the first file is there and its checks have passed."""
    pulls = sandbox.world.pulls("acme/shop")
    runs = sandbox.world.checks("acme/shop", pulls[0].head_sha) if pulls else []
    return {r.name: r.conclusion for r in runs} == {
        "stagelock / plan": "success",
        "stagelock / config": "success",
    }


def tagged(sandbox, stage):
    path = f"apps/web/overlays/{stage}/kustomization.yaml"
    return sandbox.world.tree("acme/shop", "main", path)[path].decode()


def first_promotion(sandbox, running):
    """A person merges what was proposed, and the first stage has it."""
    running.wait_for(lambda: proposed(sandbox), "the checks of the proposal never came")
    before = sandbox.world.tip("acme/shop", "main")
    sandbox.world.merge("acme/shop", 1)
    merged = sandbox.world.tip("acme/shop", "main")
    assert merged != before
    known = {merged[:7], before[:7]}
    running.wait_for(
        lambda: any(one in tagged(sandbox, "dev") for one in known), "nothing was promoted"
    )
    assert "v1.8.3" in tagged(sandbox, "prod")


def test_with_five_clicks_and_a_merge_nobody_writes_a_file_before_the_first_promotion(
    start, sandbox
):
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    running = start("serve", **EMPTY).wait_until_ready()
    ana = Person().opens(invited(running))
    says_where(ana, running, sandbox)
    ana.presses("Create GitHub App")
    ana.follows("Install it on GitHub").presses("Install")
    ana.presses_of("Propose one", "/setup/propose", "repo")
    assert "A first pipeline is proposed" in ana.text
    assert (
        "holds v1.8.3, which no freight explains: nothing happens until /promote prod" in ana.text
    )
    assert ana.clicks == 5

    first_promotion(sandbox, running)
    ana.opens(f"{running.url}/setup")
    assert "Install the App" in ana.text


def test_no_process_writes_the_one_time_token_or_the_code_anywhere(start, sandbox, tmp_path):
    running = start("serve", **EMPTY).wait_until_ready()
    address = invited(running)
    ana = Person().opens(address)
    says_where(ana, running, sandbox)
    ana.presses("Create GitHub App")

    token = address.partition("token=")[2]
    [code] = re.findall(r"/app-manifests/([0-9a-f]+)/", " ".join(e.path for e in sandbox.exchanges))
    kept_there = [one.read_bytes() for one in (tmp_path / "data").rglob("*") if one.is_file()]
    for word in (token, code):
        assert word not in "".join(running.err)
        assert not [one for one in kept_there if word.encode() in one]
    assert kept.is_there(tmp_path / "data")


def test_the_terminal_does_the_same_with_a_pasted_address(start, environ, sandbox, tmp_path):
    """No browser reaches the server: what GitHub sends it back with is read from its address bar."""
    running = start("serve", **EMPTY).wait_until_ready()
    page = tmp_path / "page.html"
    options = ["--public-url", running.url, "--github-url", sandbox.url]
    options += ["--organisation", "acme", "--page", str(page)]
    terminal = subprocess.Popen(
        [sys.executable, "-m", "app", "setup", *options],
        env={**environ, **EMPTY},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(page.exists, 30, "no page")
        ana = Person()
        ana.opens(page.as_uri())
        ana.url = "http://a-laptop.example/"
        ana.forwarded().presses("Create GitHub App")
        assert ana.status == 403  # the server knows no session of this browser
        assert "stagelock setup" in ana.text
        terminal.stdin.write(f"{ana.url}\n")
        terminal.stdin.flush()
        until(lambda: kept.is_there(tmp_path / "data"), 30, "nothing was kept")
        [app] = [one for one in sandbox.hub.apps.values() if one.slug.startswith("stagelock")]
        sandbox.world.install(app.slug, "acme/shop")
        out, err = terminal.communicate(timeout=60)
    finally:
        terminal.kill()
        terminal.communicate()
    assert terminal.returncode == 0, err
    assert f"{sandbox.url}/github-apps/stagelock-acme/installations/new" in out
    assert "acme: 1 repository (acme/shop)" in out
    assert "set up" in out.splitlines()[-1]
    assert not page.exists()
    for secret in secrets_of(tmp_path / "data"):
        assert secret not in out + err
    promoted(sandbox, running, {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"}, b"one")
    assert Settings.load({"STAGELOCK_DATA_DIR": str(tmp_path / "data")}).public_url == running.url


def test_the_same_through_a_proxy_to_a_server_with_an_authority_of_its_own(
    start, sandbox, tmp_path
):
    """Nobody listens where GitHub is said to be: only the proxy knows the way."""
    ca_file, context = authority(tmp_path)
    front = Front(lambda: urlsplit(sandbox.url).port, context)
    proxy = Proxy(lambda: front.port)
    with listening(front), listening(proxy):
        behind = {
            "STAGELOCK_GITHUB_URL": NOWHERE,
            "STAGELOCK_CA_FILE": str(ca_file),
            "STAGELOCK_PROXY": f"http://127.0.0.1:{proxy.port}",
        }
        running = start("serve", **{**EMPTY, **behind}).wait_until_ready()
        ana = Person().opens(invited(running))
        ana.presses("Create the App on GitHub", public_url=running.url, organisation="acme")
        ana.text = ana.text.replace(NOWHERE, sandbox.url)  # the person's own way to GitHub
        ana.forwarded().presses("Create GitHub App")
        assert "It is installed nowhere yet" in ana.text
        assert f"{NOWHERE}/github-apps/stagelock-acme/installations/new" in ana.text
        assert "The environment wins over what was kept: STAGELOCK_GITHUB_URL" in ana.text
        sandbox.world.install("stagelock-acme", "acme/shop")
        files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"}
        promoted(sandbox, running, files, b"one")
    assert set(proxy.asked) == {"localhost:1"}
