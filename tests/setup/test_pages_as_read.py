"""Every page that a server shows people, in each of its states, as it is read: `said-on-pages.md`."""

from __future__ import annotations

from pathlib import Path

from flask import template_rendered

from app.core.text import setup_words
from app.core.text.proposing_words import HINDRANCES
from tests.golden import matches
from tests.setup.page_states import STATES, shown
from tests.setup.reading import read

TEMPLATES = Path(__file__).parents[2] / "app/web/templates"
BASE = "base.html"
"""What all pages have in common."""


def test_every_page_is_read_as_it_was_in_each_of_its_states(tmp_path: Path):
    used: set[str] = set()

    def rendered(_sender: object, template: object, **_: object) -> None:
        used.add(str(getattr(template, "name", "")))

    pages = []
    with template_rendered.connected_to(rendered):
        for number, name in enumerate(STATES):
            root = tmp_path / str(number)
            root.mkdir()
            pages.append(f"## {name}\n\n{read(shown(name, root)).replace(str(root), '/data')}\n")
    text = "\n".join(pages)

    assert matches("said-on-pages.md", text)
    assert used | {BASE} == {file.name for file in TEMPLATES.iterdir()}
    words = [*setup_words.REFUSALS.values(), *setup_words.TROUBLES.values(), *HINDRANCES.values()]
    assert [word.title for word in words if word.title not in text] == []
    assert [said for said in setup_words.ANSWERS.values() if said not in text] == []
