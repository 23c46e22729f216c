"""
Texts as people read them, kept as files, `tests/data/golden`, or drawn on a page of the manual.

A text that is meant to change is written anew by ``STAGELOCK_TEST_GOLDEN=write make test T=...``;
what git shows then is what readers will see.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "golden"
END = "<!-- to here -->\n"
"""Behind what a test draws on a page."""


def matches(name: str, text: str) -> bool:
    """Tell whether *text* is the golden file *name*, byte for byte."""
    place = FOLDER / name
    if _writes():
        place.write_text(text, encoding="utf-8")
    assert place.read_text(encoding="utf-8") == text
    return True


def is_drawn(page: Path, begin: str, text: str) -> bool:
    """Tell whether *text* is what *page* has between the line *begin* and the next `END`."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    whole = f"{before}{begin}\n{text}\n{END}{after}"
    if _writes():
        page.write_text(whole, encoding="utf-8")
    assert whole == page.read_text(encoding="utf-8")
    return True


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = (heading, ("---",) * len(heading), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _writes() -> bool:
    return os.environ.get("STAGELOCK_TEST_GOLDEN") == "write"
