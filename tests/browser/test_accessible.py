"""The pages of set-up and of the doctor are for everybody: axe finds nothing serious."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from tests.cli.inviting import invited
from tests.setup.newcomer import EMPTY, OVERLAYS

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


def serious(page):
    """What axe finds on the page as it is, in each size and each scheme."""
    found = set()
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.add(f"wider than {size['width']}: {wide}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for one in Axe().run(page).response["violations"]:
                if one["impact"] in {"serious", "critical"}:
                    found.add(f"{scheme} {one['id']}: {one['nodes'][0]['html']}")
    return found


def test_axe_finds_nothing_serious_from_the_first_page_to_the_last(start, sandbox, page, tmp_path):
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    running = start("serve", **EMPTY).wait_until_ready()
    pages = {}

    def looked_at(name):
        pages[name] = serious(page)
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    page.goto(f"{running.url}/setup")
    looked_at("refused")
    page.goto(invited(running))
    looked_at("where")
    page.get_by_label("Public address of this server").fill("nonsense")
    page.get_by_label("Its name").fill("acme")
    page.get_by_role("button", name="Create the App on GitHub").click()
    looked_at("wrong")
    page.get_by_label("Public address of this server").fill(running.url)
    page.get_by_label("A server of your own").check()
    page.get_by_label("Its address").fill(sandbox.url)
    page.get_by_role("button", name="Create the App on GitHub").click()
    page.get_by_role("button", name="Create GitHub App for acme").click()
    page.get_by_text("It is installed nowhere yet").wait_for()
    looked_at("nowhere")
    page.get_by_role("link", name="Install it on GitHub").click()
    page.get_by_role("button", name="Install").click()
    button = page.get_by_role("button", name="Propose one for acme/shop")
    button.wait_for()
    looked_at("installed")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="A first pipeline is proposed").wait_for()
    looked_at("proposed")
    page.goto(f"{running.url}/setup/doctor")
    looked_at("doctor")
    page.goto(f"{running.url}/setup")
    page.get_by_role("button", name="Done").click()
    looked_at("done")

    assert {name: found for name, found in pages.items() if found} == {}
