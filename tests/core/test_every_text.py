"""Each text of ours is walked with foreign words, and a new one that nobody walks is noticed.

A text is a public function of `app/core/text`. `test_foreign_text` reads what they make as GitHub
reads Markdown; here are the other ones, titles and lines for terminals, and the proof that together
they are all."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given

import app.core.text
from app.core.text import commit_messages, sinks
from app.core.text.markup import fit
from tests.core import foreign_words as walked
from tests.core.foreign_places import LINES, MARKDOWN, TITLES
from tests.core.saying import LAW, promotion

ROOT = Path(app.core.text.__path__[0])
WITHOUT = {
    "setup_words.invitation": "our own address, for the terminal, whose sink it passes",
    "setup_words.unreached": "what a page escapes, and no Markdown",
    "freeing.nobody_works": "our own words",
    "setup_words.problem": "what a page escapes, and no Markdown",
    "outside.unserved": "problems of the file, whose sinks they pass",
    "setup_words.set_up_already": "the App's number, for the terminal, whose sink it passes",
    "setup_words.create": "our own addresses, for the terminal, whose sink it passes",
    "setup_words.paste": "our own address, for the terminal, whose sink it passes",
    "setup_words.install": "an address of GitHub, for the terminal, whose sink it passes",
    "setup_words.installed": "names of GitHub, for the terminal, whose sink they pass",
    "setup_words.app_lacks": "names of GitHub, for the terminal, whose sink they pass",
    "setup_words.owner_must": "names of GitHub, for the terminal, whose sink they pass",
    "pipeline_file.environments_closed": "names of lock groups and permissions",
    "pipeline_file.workflow_closed": "the name of a stage",
    "workflow_files.missing": "the message of a problem, whose sinks it passes",
    "workflow_files.not_startable": "the message of a problem, whose sinks it passes",
    "workflow_files.untold": "the message of a problem, whose sinks it passes",
    "rights.people_alone": "plain text: a JSON value, or the terminal, whose sink it passes",
    "approvals.none_to_take_back": "the name of a stage",
    "approvals.not_asked": "the name of a stage",
    "approvals.again": "the name of a stage",
    "hand_edits.in_conflict": "the message of a problem, whose sinks it passes",
    "plan_runs.over": "the names and ids of a promotion, which are ours",
    "commit_messages.created_message": "the names of a stage and its branch, in a message that is no Markdown",
    "commit_messages.started_by": "reads what `pull_body` wrote",
    "documents.documents": "values for JSON: foreign ones stay as they are, sentences are those of other texts",
    "documents.of_freight": "finds one of them",
    "ends_of_runs.not_on_its_way": "the name of a stage",
    "ends_of_runs.removed": "the name of a stage",
    "why.nothing": "the name of a stage",
    "cards.no_pipeline": "nothing of others",
    "terminal.not_known": "the name of a stage",
    "minting.over": "the id of a commit",
    "pipeline_file.in_force": "the id of a commit",
    "locks_file.joined": "Markdown of other texts",
    "quarantine.title": "a number",
    "quarantine.recovered": "nothing of others",
    "replies.help_text": "nothing of others",
    "replies.too_old": "a time",
    "replies.taken_back": "nothing of others",
    "replies.paced": "a number and a time",
    "summaries.deadline_of": "a time",
    "summaries.offers": "yes or no",
}
SINKS = {"markup", "sinks"}
"""What makes foreign text safe has tests of its own."""
CALLS = re.compile(r"@\w")


@pytest.mark.parametrize("place", MARKDOWN)
@LAW
@given(word=walked.WORDS)
def test_foreign_words_do_nothing_in_what_is_said_besides(place, word):
    assert list(walked.harm(fit(MARKDOWN[place](word), ""))) == []


@pytest.mark.parametrize("place", TITLES)
@LAW
@given(word=walked.WORDS)
def test_a_title_is_one_line_that_shows_all_of_itself_and_calls_nobody(place, word):
    title = TITLES[place](word)

    assert sinks.clean(title)
    assert CALLS.search(title.replace("web@", "")) is None


@pytest.mark.parametrize("place", LINES)
@LAW
@given(word=walked.WORDS)
def test_a_line_of_plain_text_shows_all_of_itself(place, word):
    assert [line for line in LINES[place](word) if not sinks.clean(line)] == []


def public() -> set[str]:
    """Every public function of the room that speaks."""
    return {
        f"{path.stem}.{node.name}"
        for path in ROOT.rglob("*.py")
        if path.stem not in SINKS
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def reached() -> set[str]:
    """Those that run while all places are walked."""
    found: set[str] = set()

    def told(frame, event, _arg):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            found.add(f"{path.stem}.{frame.f_code.co_name}")

    for name in [name for name in sys.modules if name.startswith("app.core.text.")]:
        for made in vars(sys.modules[name]).values():
            if hasattr(made, "cache_clear"):  # what another test made would be remembered
                made.cache_clear()
    before = sys.getprofile()
    sys.setprofile(told)
    try:
        for place in (walked.PLACES, MARKDOWN, TITLES, LINES):
            for make in place.values():
                list(make("foreign"))
        commit_messages.commit_message(promotion(), [], {}, "main")
    finally:
        sys.setprofile(before)
    return found


def test_every_text_is_walked_or_says_why_nothing_foreign_is_in_it():
    unwalked = public() - reached()

    assert unwalked - WITHOUT.keys() == set(), "walk it with foreign words, or say what it holds"
    assert set(WITHOUT) <= unwalked, "it is walked by now"
