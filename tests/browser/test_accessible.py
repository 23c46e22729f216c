"""The pages of set-up and of the doctor are for everybody: axe finds nothing serious."""

from __future__ import annotations

import pytest

from tests.browser.eyes import Eyes
from tests.browser.person import creates, installs, says_where
from tests.cli.inviting import invited
from tests.setup.newcomer import EMPTY, OVERLAYS


@pytest.fixture
def eyes(page, tmp_path):
    return Eyes(page, tmp_path)


def test_axe_finds_nothing_serious_from_the_first_page_to_the_last(start, sandbox, page, eyes):
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    running = start("serve", **EMPTY).wait_until_ready()
    page.goto(f"{running.url}/setup")
    eyes.look("refused")
    page.goto(invited(running))
    eyes.look("where")
    page.get_by_label("Public address of this server").fill("nonsense")
    page.get_by_label("Its name").fill("acme")
    page.get_by_role("button", name="Create the App on GitHub").click()
    eyes.look("wrong")
    says_where(page, running.url, sandbox.url)
    creates(page)
    eyes.look("nowhere")
    installs(page)
    button = page.get_by_role("button", name="Propose one for acme/shop")
    button.wait_for()
    eyes.look("installed")
    button.click()
    page.get_by_role("heading", name="A first pipeline is proposed").wait_for()
    eyes.look("proposed")
    page.goto(f"{running.url}/setup/doctor")
    eyes.look("doctor")
    page.goto(f"{running.url}/setup")
    page.get_by_role("button", name="Done").click()
    eyes.look("done")
    page.goto(f"{running.url}/setup")
    eyes.look("closed")
    page.goto(f"{running.url}/setup/doctor")
    page.get_by_role("heading", name="This page is for administrators").wait_for()
    eyes.look("doctor-locked")
    assert eyes.found == {}


def test_nor_where_a_script_is_missing_or_github_is_silent(start, sandbox, page, eyes):
    """What goes on by itself otherwise has its own page, and a button."""
    page.route("**/setup/page.js", lambda route: route.abort())
    running = start("serve", **EMPTY).wait_until_ready()
    page.goto(invited(running))
    page.get_by_label("Public address of this server").fill("http://127.0.0.1:9")
    page.get_by_label("A server of your own").check()
    page.get_by_label("Its address").fill(sandbox.url)
    page.get_by_label("Its name").fill("acme")
    page.get_by_role("button", name="Create the App on GitHub").click()
    page.get_by_text("does not answer as this server does").wait_for()
    eyes.look("warned")
    page.get_by_label("Public address of this server").fill(running.url)
    page.get_by_role("button", name="Continue anyway").click()
    page.get_by_role("heading", name="Continue on 127.0.0.1").wait_for()
    eyes.look("forward")
    sandbox.world.faults.add("POST", "^/app-manifests/", times=50)
    page.get_by_role("button", name="Go to 127.0.0.1").click()
    page.get_by_role("button", name="Create GitHub App for acme").click()
    page.get_by_role("heading", name="GitHub has not sent the credentials yet").wait_for()
    eyes.look("ask")
    sandbox.world.faults.clear()
    page.get_by_role("button", name="Ask GitHub again").click()
    page.get_by_text("It is not installed anywhere yet").wait_for()
    for number in range(25):
        sandbox.world.create_repo(f"acme/app-{number:02}", {"x": "1"}, install=False)
    installs(page, "acme/app-01")
    eyes.look("many")
    page.get_by_label("in a repository that is not shown").fill("acme/no-such")
    page.get_by_role("button", name="Propose one", exact=True).last.click()
    page.get_by_role("heading", name="The App sees no such repository").wait_for()
    eyes.look("no-such")
    assert eyes.found == {}
