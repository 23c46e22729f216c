"""Set-up with the keyboard alone, on our pages and the stand-in's; where one is, is seen."""

from __future__ import annotations

import pytest

from tests.browser.person import Hand
from tests.cli.inviting import invited
from tests.setup.newcomer import EMPTY, OVERLAYS

MOST = 60
"""So many times Tab is pressed to come to something."""
IS_SEEN = """
(one) => { const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
    && one.getBoundingClientRect().height > 0; }
"""


class Keys:
    """Fingers on a keyboard: Tab, arrows, letters, Space and Enter."""

    def __init__(self, page):
        self.page, self.hand = page, Hand(page)

    def to(self, wanted):
        """Tab until *wanted* has the focus, and shows it."""
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("(one) => one === document.activeElement"):
                assert wanted.evaluate(IS_SEEN), wanted
                return self
        raise AssertionError(f"no Tab leads to {wanted}")

    def button(self, name):
        return self.to(self.page.get_by_role("button", name=name).first)

    def field(self, name):
        return self.to(self.page.get_by_label(name))

    def types(self, text):
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def presses(self, key="Enter"):
        self.page.keyboard.press(key)


@pytest.fixture
def keys(page):
    return Keys(page)


def heading(page, words):
    page.get_by_role("heading", name=words).wait_for()


def answers(start, sandbox, page, keys):
    """A server that is empty, and the first page with all its answers; nothing is sent yet."""
    sandbox.world.push("acme/shop", "main", OVERLAYS)
    running = start("serve", **EMPTY).wait_until_ready()
    page.goto(invited(running))
    keys.field("Public address of this server").types(running.url)
    keys.to(page.get_by_label("github.com")).presses("ArrowDown")
    keys.field("Its address").types(sandbox.url)
    keys.field("Its name").types("acme")


def test_the_keyboard_alone_leads_from_the_first_page_to_the_last(start, sandbox, page, keys):
    answers(start, sandbox, page, keys)
    keys.button("Create the App on GitHub").presses()
    heading(page, "Create a GitHub App for acme")
    keys.button("Create GitHub App for acme").presses()
    page.get_by_text("It is not installed anywhere yet").wait_for()
    keys.to(page.get_by_role("link", name="Install it on GitHub")).presses()
    keys.button("Install").presses()
    page.get_by_role("button", name="Propose one for acme/shop").wait_for()
    keys.button("Propose one for acme/shop").presses("Space")
    heading(page, "A first pipeline is proposed")
    keys.to(page.get_by_role("region", name="stagelock.yaml")).presses("ArrowDown")  # it scrolls
    keys.to(page.get_by_role("link", name="Back to the set-up page")).presses()
    heading(page, "Install the App")
    keys.to(page.get_by_role("link", name="the doctor's page")).presses()
    page.get_by_text("What keeps this server from working").wait_for()
    keys.to(page.get_by_role("link", name="Back to the set-up page")).presses()
    heading(page, "Install the App")
    keys.button("Done").presses()
    heading(page, "Done: this server is set up")
    assert keys.hand.clicks == []


def test_what_has_the_focus_is_not_taken_away_by_what_comes_in(start, sandbox, page, keys):
    """The page looks anew every three seconds."""
    answers(start, sandbox, page, keys)
    keys.presses()
    heading(page, "Create a GitHub App for acme")
    keys.button("Create GitHub App for acme").presses()
    page.get_by_text("It is not installed anywhere yet").wait_for()
    sandbox.world.install("stagelock-acme", "acme/shop")
    page.get_by_role("button", name="Propose one for acme/shop").wait_for()
    keys.button("Propose one for acme/shop")
    sandbox.world.create_repo("acme/later", {"x": "1"}, install=["stagelock-acme"])
    with page.expect_response("**/setup"):
        pass
    page.wait_for_load_state("networkidle")
    focus = page.evaluate("document.activeElement.innerText")
    assert "acme/shop" in focus
    keys.button("Done")
    page.get_by_text("acme/later has no stagelock.yaml.").wait_for()
