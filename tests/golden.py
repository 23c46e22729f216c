"""
Texts as people read them, kept as files: `tests/data/golden`.

A text that is meant to change is written anew by ``STAGELOCK_TEST_GOLDEN=write make test T=...``;
what git shows then is what readers will see.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "golden"


def matches(name: str, text: str) -> bool:
    """Tell whether *text* is the golden file *name*, byte for byte."""
    place = FOLDER / name
    if os.environ.get("STAGELOCK_TEST_GOLDEN") == "write":
        place.write_text(text, encoding="utf-8")
    assert place.read_text(encoding="utf-8") == text
    return True
