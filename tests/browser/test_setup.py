"""Set-up in a real browser: five clicks from the one-time address to done, and nothing from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.person import creates, installs, patient, says_where
from tests.cli.inviting import invited
from tests.setup.newcomer import EMPTY


@pytest.fixture
def seen():
    """What the pages asked for, and what the browser complained of."""
    return {"asked": [], "wrong": []}


@pytest.fixture
def page(chromium, seen):
    def asked(one):
        seen["asked"].append(one)

    opened = patient(chromium.new_page())
    opened.on("request", asked)
    opened.on("pageerror", lambda error: seen["wrong"].append(str(error)))
    opened.on(
        "console",
        lambda one: seen["wrong"].append(one.text) if "Content Security" in one.text else None,
    )
    yield opened
    opened.close()


def test_a_stranger_sets_a_server_up_in_five_clicks(start, sandbox, page, seen):
    running = start("serve", **EMPTY).wait_until_ready()
    address = invited(running)
    page.goto(address)
    assert page.url == f"{running.url}/setup"
    says_where(page, running.url, sandbox.url)
    creates(page)
    installs(page)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", name="Done: this server is set up", exact=True).wait_for()

    token = urlsplit(address).query
    ours = [one for one in seen["asked"] if one.url.startswith(running.url)]
    hosts = {urlsplit(one.url).netloc for one in seen["asked"]}
    assert hosts == {urlsplit(running.url).netloc, urlsplit(sandbox.url).netloc}
    assert not [one for one in seen["asked"] if token in one.headers.get("referer", "")]
    assert not [one for one in seen["asked"] if running.url in one.headers.get("referer", "")]
    assert len([one for one in ours if token in one.url]) == 1
    assert seen["wrong"] == []


def test_installations_appear_by_themselves(start, sandbox, page):
    """The page is left open while an owner installs the App in another window."""
    running = start("serve", **EMPTY).wait_until_ready()
    page.goto(invited(running))
    says_where(page, running.url, sandbox.url)
    creates(page)
    sandbox.world.install("stagelock-acme", "acme/shop")

    page.get_by_text("acme/shop", exact=True).wait_for()
