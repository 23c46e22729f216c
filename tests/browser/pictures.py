"""
Draw the pictures of docs/install.md and of the README anew, from the real pages: `python -m
tests.browser.pictures`.

A server starts with an empty data folder beside the stand-in for GitHub, and Chromium walks through
set-up as a person would. Pages of GitHub's own are those of the stand-in. The README's is the page of
the demo, while one stage has the lock and another one waits for it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from app.sandbox.serve.server import Sandbox
from tests.browser.conftest import QUIET
from tests.browser.palette import reduced
from tests.browser.person import creates, installs
from tests.cli.inviting import invited
from tests.processes import Running, killed
from tests.setup.newcomer import EMPTY, OVERLAYS, proposed

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZE = ViewportSize(width=820, height=200)
RENAMED = """
([from, to]) => { for (const one of document.querySelectorAll("li p"))
  one.innerHTML = one.innerHTML.replaceAll(from, to); }
"""
"""The folder of one run is nobody's."""
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""After a change of its size a page may lack what was below its end before."""
PUBLIC = "https://stagelock.example.org"
README = ViewportSize(width=1180, height=720)


class Camera:
    """Takes *page* as a picture called `setup-NAME.png`."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page, self._folder = page, folder

    def takes(self, name: str, most: int = 900) -> None:
        """At most *most* pixels of it from above."""
        self._page.set_viewport_size(SIZE)
        tall = self._page.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
        self._page.set_viewport_size({**SIZE, "height": min(most, int(tall) + 8)})
        self._page.evaluate(PAINTED)
        png = self._page.screenshot(animations="disabled", caret="hide")
        (self._folder / f"setup-{name}.png").write_bytes(reduced(png))


@contextmanager
def surroundings(root: Path) -> Iterator[tuple[Sandbox, Running]]:
    """A GitHub with a repository in which stages are found, and a server that nobody set up."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("STAGELOCK_")}
    environ = {**inherited, **EMPTY, "STAGELOCK_DATA_DIR": str(root / "data")}
    with Sandbox(root / "github") as sandbox:
        sandbox.world.create_repo("acme/shop", dict(OVERLAYS), install=False)
        running = Running(("serve",), {**environ, "STAGELOCK_PORT": "0"})
        try:
            yield sandbox, running.wait_until_ready()
        finally:
            killed([running])


def walk(page: Page, camera: Camera, sandbox: Sandbox, running: Running, data: Path) -> None:
    """All steps of set-up, each with its picture."""
    page.goto(invited(running))
    address = page.get_by_label("Public address of this server")
    page.get_by_label("Its name").fill("acme")
    address.fill(PUBLIC)
    camera.takes("where")
    address.fill("https://quick-fox.tunnel.example")
    camera.takes("tunnel")
    page.get_by_label("A server of your own").check()
    address.fill("https://stagelock.corp.example")
    page.get_by_label("Its address").fill("https://github.corp.example")
    camera.takes("ghes")
    address.fill(running.url)
    page.get_by_label("Its address").fill(sandbox.url)
    page.get_by_role("button", name="Create the App on GitHub").click()
    page.get_by_role("button", name="Create GitHub App for acme").wait_for()
    camera.takes("create", 560)
    page.go_back()
    creates(page)
    camera.takes("nowhere")
    installs(page)
    page.get_by_role("button", name="Propose one for acme/shop").wait_for()
    camera.takes("install")
    page.get_by_role("button", name="Propose one for acme/shop").click()
    page.get_by_role("heading", name="A first pipeline is proposed").wait_for()
    camera.takes("proposed", 760)
    running.wait_for(lambda: proposed(sandbox), "the checks of the proposal never came")
    page.goto(f"{sandbox.url}/acme/shop/pull/1")
    camera.takes("pull", 620)
    page.goto(f"{running.url}/setup/doctor")
    page.evaluate(RENAMED, [str(data), "/var/lib/stagelock"])
    camera.takes("doctor", 560)
    page.goto(f"{running.url}/setup")
    page.get_by_role("button", name="Done").click()
    camera.takes("done")


def demo(page: Page, folder: Path, temporary: str) -> None:
    """The README's picture."""
    environ = {**os.environ, "TMPDIR": temporary}
    running = Running(("sandbox",), environ)
    try:
        running.wait_for(lambda: "lock e2e" in "".join(running.out), "the story did not come there")
        [home] = re.findall(r"Stagelock sandbox: (\S+)", "".join(running.out))
        page.set_viewport_size(README)
        page.goto(f"{home}/acme/shop")
        page.get_by_text("held by web-e2e").first.wait_for()
        png = page.screenshot(animations="disabled", caret="hide")
        (folder / "sandbox.png").write_bytes(reduced(png))
    finally:
        killed([running])


def main() -> None:
    """Draw them into docs/images, or into the folder that is named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with (
        tempfile.TemporaryDirectory() as root,
        surroundings(Path(root)) as (sandbox, running),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(QUIET), chromium_sandbox=False
        )
        page = browser.new_page(color_scheme="light")
        walk(page, Camera(page, folder), sandbox, running, Path(root) / "data")
        demo(page, folder, root)
        browser.close()


if __name__ == "__main__":
    main()
