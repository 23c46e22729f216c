"""From `stagelock serve` with an empty data folder to the first promotion, over real HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from app.settings import kept
from tests.cli.inviting import invited
from tests.postgres import free_port
from tests.processes import PATIENCE
from tests.proxies import Front, Proxy, authority, listening
from tests.setup.newcomer import EMPTY, OVERLAYS, PIPELINE, first_promotion, promoted, secrets_of
from tests.setup.person import Person

NOWHERE = "https://localhost:1"


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


def test_five_clicks_and_no_typed_secret_lead_to_the_first_promotion(start, sandbox, tmp_path):
    server = {**EMPTY, "STAGELOCK_PORT": str(free_port())}  # it is started there twice
    running = start("serve", **server).wait_until_ready()
    ana = Person().opens(invited(running))
    assert ana.url == f"{running.url}/setup"

    says_where(ana, running, sandbox)
    assert "Create a GitHub App for acme" in ana.text
    ana.presses("Create GitHub App")
    assert ana.url == f"{running.url}/setup"
    assert "It is not installed anywhere yet" in ana.text
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
    again = start("serve", **server).wait_until_ready()
    assert "token=" not in "".join(again.out)
    promoted(sandbox, again, {"apps/web/index.html": "two"}, b"two")


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


def test_a_button_pressed_twice_at_once_leads_to_one_pull_request_twice(start, sandbox):
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    running = start("serve", **EMPTY).wait_until_ready()
    ana = Person().opens(invited(running))
    says_where(ana, running, sandbox)
    ana.presses("Create GitHub App")
    ana.follows("Install it on GitHub").presses("Install")
    tabs = [ana.in_a_new_tab() for _ in range(2)]
    with ThreadPoolExecutor(2) as hands:
        pressing = [
            hands.submit(one.presses_of, "Propose one", "/setup/propose", "repo") for one in tabs
        ]
        for one in pressing:
            one.result(PATIENCE)

    for one in tabs:
        assert f'href="{sandbox.url}/acme/shop/pull/1"' in one.text
    assert [pull.number for pull in sandbox.world.pulls("acme/shop")] == [1]


def test_no_process_writes_the_one_time_token_or_the_code_anywhere(start, sandbox, tmp_path):
    running = start("serve", **EMPTY).wait_until_ready()
    address = invited(running)
    ana = Person().opens(address)
    says_where(ana, running, sandbox)
    ana.presses("Create GitHub App")

    token = address.partition("token=")[2]
    [code] = re.findall(r"/app-manifests/([0-9a-f]+)/", " ".join(e.path for e in sandbox.exchanges))
    kept_there = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    for word in (token, code):
        assert word not in "".join(running.err)
        assert not [one for one in kept_there if word.encode() in one]
    assert kept.is_there(tmp_path / "data")


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
        assert "It is not installed anywhere yet" in ana.text
        assert f"{NOWHERE}/github-apps/stagelock-acme/installations/new" in ana.text
        assert (
            "The environment takes precedence over what was kept: STAGELOCK_GITHUB_URL" in ana.text
        )
        sandbox.world.install("stagelock-acme", "acme/shop")
        files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"}
        promoted(sandbox, running, files, b"one")
    assert set(proxy.asked) == {"localhost:1"}
