"""A stranger in a real browser: from an empty data folder to the first promotion, and after a kill."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

from tests.browser.person import Hand, creates, installs, patient
from tests.cli.inviting import invited
from tests.postgres import free_port
from tests.processes import PATIENCE, killed
from tests.proxies import Front, Proxy, authority, listening
from tests.setup.newcomer import EMPTY, OVERLAYS, proposed, secrets_of, tagged

READER = "r" * 40
CLICKS = [
    "Create the App on GitHub",
    "Create GitHub App",
    "Install it on GitHub",
    "Install",
    "Propose one",
]


def known(running):
    """What the server knows of its stages, and of what came to them."""
    return asked(running, "pipeline")["stages"], asked(running, "promotions")["promotions"]


def asked(running, what):
    url = f"{running.url}/api/v1/repos/acme/shop/{what}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {READER}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def is_verified(running):
    try:
        stages, _ = known(running)
    except urllib.error.HTTPError:  # it has not looked at the file yet
        return False
    held = {stage["name"]: stage["current"] for stage in stages}
    return bool(held["dev"]) and held["dev"]["state"] == "verified"


def sets_up(page, running):
    """From the one-time address to the proposal; what a hand did for it."""
    hand = Hand(page)
    page.goto(invited(running))
    page.get_by_label("Public address of this server").fill(running.url)
    page.get_by_label("Its name").fill("acme")
    creates(page)
    installs(page)
    page.get_by_role("button", name="Propose one for acme/shop").click()
    page.get_by_role("heading", name="A first pipeline is proposed").wait_for()
    return hand


def merges(page, running, sandbox, github_url):
    """On GitHub; until the first stage is promoted to."""
    running.wait_for(lambda: proposed(sandbox), "the checks of the proposal never came")
    page.goto(f"{github_url}/acme/shop/pull/1")
    page.get_by_role("button", name="Merge", exact=True).click()
    running.wait_for(lambda: is_verified(running), "nothing was promoted")


def ends(page, running):
    page.goto(f"{running.url}/setup")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", name="Done: this server is set up").wait_for()


def test_five_clicks_and_a_merge_lead_to_the_first_promotion_and_a_kill_loses_nothing(
    start, sandbox, page, tmp_path
):
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    server = {
        **EMPTY,
        "STAGELOCK_GITHUB_URL": sandbox.url,
        "STAGELOCK_API_TOKENS": f"reader:read:{READER}",
        "STAGELOCK_PORT": str(free_port()),  # it is started there twice
    }
    running = start("serve", **server).wait_until_ready()
    hand = sets_up(page, running)
    assert [click.partition(" for ")[0] for click in hand.clicks] == CLICKS
    assert hand.keys == []  # two answers were filled in, and no secret was typed
    merges(page, running, sandbox, sandbox.url)
    held = tagged(sandbox, "dev")
    assert held != OVERLAYS["apps/web/overlays/dev/kustomization.yaml"]
    assert "v1.8.3" in tagged(sandbox, "prod")
    shown = "".join(running.err) + "".join(running.out) + page.content()
    assert not [secret for secret in secrets_of(tmp_path / "data") if secret in shown]

    ends(page, running)
    before = known(running)
    killed([running])
    again = start("serve", **server).wait_until_ready()
    assert known(again) == before
    assert "token=" not in "".join(again.out)
    assert page.goto(f"{again.url}/setup").status == 410
    assert page.get_by_role("heading").inner_text() == "This server is set up"
    assert again.get("/readyz")[0] == 200
    sandbox.world.push("acme/shop", "main", {"apps/web/src/main.py": "print(2)\n"})
    again.wait_for(lambda: tagged(sandbox, "dev") != held, "the second change was not promoted")


def test_the_same_on_a_server_of_ones_own_through_a_proxy_with_an_authority_of_its_own(
    start, sandbox, chromium, tmp_path
):
    """The browser's machine knows that authority."""
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    ca_file, context = authority(tmp_path)
    front = Front(lambda: urlsplit(sandbox.url).port, context)
    proxy = Proxy(lambda: front.port)
    page = patient(chromium.new_page(ignore_https_errors=True))
    with listening(front), listening(proxy), closing(page):
        github = f"https://localhost:{front.port}"
        server = {
            **EMPTY,
            "STAGELOCK_GITHUB_URL": github,
            "STAGELOCK_CA_FILE": str(ca_file),
            "STAGELOCK_PROXY": f"http://127.0.0.1:{proxy.port}",
            "STAGELOCK_API_TOKENS": f"reader:read:{READER}",
        }
        running = start("serve", **server).wait_until_ready()
        hand = sets_up(page, running)
        assert len(hand.clicks) == len(CLICKS)
        link = page.get_by_role("link", name="Pull request 1 of acme/shop")
        assert link.get_attribute("href") == f"{github}/acme/shop/pull/1"
        merges(page, running, sandbox, github)
        ends(page, running)
    assert set(proxy.asked) == {f"localhost:{front.port}"}
