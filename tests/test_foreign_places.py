"""
Where foreign text goes out, read from the source: a new way out is noticed, and has to be named here.

What goes to a terminal is held in `test_house`; what texts say, in `tests/core/test_every_text`.
"""

import re

import pytest

from tests.repository import text_of, tracked

MARKUP = re.compile(r"\bMarkup\(|\|\s*safe\b|render_template_string|autoescape|escape=False")
HANDLES = re.compile(r"\b(?:Stream|File|Memory|Socket|SysLog|Http|HTTP)Handler\(|basicConfig")
APPLICATION = re.compile(r"\bFlask\(|\(Flask\):")
FINALIZED = '.jinja_options = {"finalize": sinks.html}'
SPEAKS = re.compile(r"\.(?:create_pull|update_pull|create_comment|update_comment)\(")
DRAFTS = re.compile(r"\bRunDraft\(")
PLACES = {
    MARKUP: {"app/sandbox/page/markdown.py": "a reader of Markdown that escapes what it is given"},
    HANDLES: {"app/observe/logs.py": "the log's sink stands here"},
    SPEAKS: {
        "app/engine/actions/pull_requests.py": "title and body by `core/text/commit_messages`",
        "app/engine/commands/cards.py": "the body by `core/text/cards`",
        "app/engine/commands/replies.py": "the body by `core/text/replies`",
        "app/setup/proposing.py": "title and body by `core/text/proposing_words`",
    },
    DRAFTS: {
        "app/core/checkruns/": "title and summary by `core/text`",
        "app/engine/commands/promises.py": "title and summary by `core/text/people_locks`",
    },
}


def sources() -> dict[str, str]:
    names = [name for name in tracked() if name.startswith("app/")]
    return {name: text_of(name) for name in names if name.endswith((".py", ".html"))}


@pytest.mark.parametrize("way", PLACES, ids=["HTML", "logs", "comments", "checks"])
def test_foreign_text_goes_out_in_named_places_only(way):
    found = {name for name, text in sources().items() if way.search(text)}

    assert found
    assert [n for n in sorted(found) if not n.startswith(tuple(PLACES[way]))] == []
    assert [p for p in PLACES[way] if not any(n.startswith(p) for n in found)] == []


def test_every_web_application_shows_what_nobody_would_see():
    made = {name: text for name, text in sources().items() if APPLICATION.search(text)}

    assert len(made) >= 2
    assert [name for name, text in made.items() if FINALIZED not in text] == []
