"""Path entries as people bring them from other tools: refused, or noted, with what was meant."""

import pytest

from app.core.config import parse

FILE = """version: 1
warehouses: {{web: {{paths: [{watched}], paths-ignore: [{ignored}]}}}}
stages: {{dev: {{path: stages/dev, steps: [{{uses: copy, with: {{from: apps/web, to: web}}}}]}}}}
"""


def read(watched: str = "apps/web/", ignored: str = ""):
    return parse(FILE.format(watched=watched, ignored=ignored).encode(), "main")


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        ("glob:apps/*", "apps/*"),
        ("regexp:^apps/", "regex:^apps/"),
        ("re:^apps/", "regex:^apps/"),
        ("glob:/apps/*", "apps/*"),
    ],
)
def test_prefixes_of_other_tools_are_refused_with_the_right_form(entry, right):
    [problem] = read(watched=f'"{entry}"').problems

    assert problem.code == "bad-pattern"
    assert f"write `{right}`" in problem.message
    assert problem.suggestion == right


@pytest.mark.parametrize(
    ("watched", "entry", "meant"),
    [
        ("apps/web/", "deploy/", "**/deploy/**"),
        ("apps/web/", "deploy", "**/deploy/**"),
        ("apps/web/", "**/deploy", "**/deploy/**"),
        ("", "**/deploy", "**/deploy/**"),
        ("apps/web/", "*.md", "**/*.md"),
        ("apps/web/", "docs/**", "**/docs/**"),
        ("apps/web/", "docs/*.md", "**/docs/*.md"),
    ],
)
def test_what_is_ignored_in_vain_is_noted_with_what_was_meant(watched, entry, meant):
    [note] = read(watched, f'"{entry}"').notes

    assert (note.code, note.suggestion) == ("idle-entry", meant)
    assert note.message.endswith(f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("watched", "entry"),
    [
        ("apps/web/", "**/*.md"),
        ("apps/web/", "apps/web/docs/"),
        ("apps/web/", "apps/"),
        ("apps/web/", "apps/*/x.md"),
        ("apps/web/", "**/Makefile.in"),
        ("README.md", "*.md"),
        ("", "*.md"),
        ("", "deploy/"),
        ("apps/web/", "regex:x"),
        ('"**/*.py"', "deploy/"),
    ],
)
def test_what_may_ignore_something_is_not_noted(watched, entry):
    assert read(watched, f'"{entry}"').notes == ()
