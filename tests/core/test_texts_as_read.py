"""Every other text as people read it, a file a kind: `tests/data/golden/said-*.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from app.core.text.markup import fit
from tests.core.foreign_places import LINES, MARKDOWN, TITLES
from tests.core.foreign_words import PLACES
from tests.golden import matches

WORD = "shop"
"""Said wherever others' words are: a name, a path, a reason."""


def listed(places: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"## {place}\n\n{text.rstrip()}\n" for place, text in places)


@pytest.mark.parametrize(
    ("file", "places"),
    [("said-in-checks.md", PLACES), ("said-in-answers.md", MARKDOWN)],
)
def test_what_github_shows_is_read_as_it_was(file: str, places: dict[str, Callable[[str], str]]):
    assert matches(file, listed((place, fit(make(WORD), "")) for place, make in places.items()))


def test_titles_are_read_as_they_were():
    assert matches(
        "said-in-titles.md", listed((p, f"> {make(WORD)}") for p, make in TITLES.items())
    )


def test_lines_in_a_terminal_are_read_as_they_were():
    blocks = ((place, "\n".join(f"    {x}" for x in make(WORD))) for place, make in LINES.items())

    assert matches("said-in-terminals.md", listed(blocks))
