"""A person at set-up's pages: what a hand does there is counted by the browser itself."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.processes import PATIENCE

# https://w3c.github.io/uievents/#click: a keyboard's has no detail
COUNTED = """
addEventListener("click", (one) => one.detail > 0 && counted(one.target.innerText || ""), true);
addEventListener("keydown", (one) => one.isTrusted && pressed(one.key), true);
"""


def patient(page: Page) -> Page:
    """*page*, on which all that is waited for may take as long as elsewhere."""
    page.set_default_timeout(PATIENCE * 1000)
    return page


class Hand:
    """*clicks* (on what) and *keys* hold what a person did on *page*, in turn, from now on."""

    def __init__(self, page: Page) -> None:
        self.clicks: list[str] = []
        self.keys: list[str] = []
        page.expose_function("counted", self._clicked)
        page.expose_function("pressed", self._pressed)
        page.add_init_script(COUNTED)

    def _clicked(self, words: str) -> None:
        self.clicks.append(" ".join(words.split()))

    def _pressed(self, key: str) -> None:
        self.keys.append(key)


def says_where(page: Page, public_url: str, github_url: str) -> None:
    """The first page, filled in for a GitHub of one's own and its organisation acme; not sent."""
    page.get_by_label("Public address of this server").fill(public_url)
    page.get_by_label("A server of your own").check()
    page.get_by_label("Its address").fill(github_url)
    page.get_by_label("Its name").fill("acme")


def creates(page: Page) -> None:
    """From the first page, filled in, to the App."""
    page.get_by_role("button", name="Create the App on GitHub").click()
    page.get_by_role("button", name="Create GitHub App for acme").click()
    page.get_by_text("It is not installed anywhere yet").wait_for()


def installs(page: Page, repo: str = "acme/shop") -> None:
    """From the App to the page that shows its repositories, *repo* among them."""
    page.get_by_role("link", name="Install it on GitHub").click()
    page.get_by_role("button", name="Install").click()
    page.get_by_text(repo).first.wait_for()
