"""What axe finds on the pages that somebody comes by, in each size and each scheme."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)


@dataclass
class Eyes:
    """
    Looks at *page* as it is, whenever it is asked to; *found* is what is wrong, by the name of
    what was looked at. A picture of each look is left in *folder*.
    """

    page: Page
    folder: Path
    seen: list[str] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)

    def look(self, name: str) -> None:
        self.seen.append(name)
        for size in (PHONE, DESKTOP):
            self.page.set_viewport_size(size)
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                self._note(name, f"wider than {size['width']}: {wide}")
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                picture = self.folder / f"{name}-{size['width']}-{scheme}.png"
                self.page.screenshot(path=picture, full_page=True)
                for violation in Axe().run(self.page).response["violations"]:
                    if violation["impact"] in {"serious", "critical"}:
                        self._note(
                            name, f"{scheme} {violation['id']}: {violation['nodes'][0]['html']}"
                        )

    def _note(self, name: str, what: str) -> None:
        self.found.setdefault(name, set()).add(what)
