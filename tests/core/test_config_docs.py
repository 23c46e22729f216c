"""The reference of the file names everything that the parser knows, and its example is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.config import parse
from app.core.config import tables as t
from app.core.config.steps.registry import STEPS
from app.core.config.templates import WORDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "stagelock-yaml.md").read_text()


def test_the_example_is_valid():
    (example,) = re.findall(r"```yaml\n(version: 1\n.*?)```", TEXT, re.DOTALL)
    assert parse(example.encode()).problems == ()


@pytest.mark.parametrize(
    "keys",
    [
        *(t.TOP, t.WAREHOUSE, t.STAGE, t.LOCK, t.VERIFY, t.CHECK),
        *(kind.keys for kind in STEPS.values()),
    ],
)
def test_every_key_is_described(keys):
    for key in keys.known:
        assert re.search(rf"\b{key}\b", TEXT), key


def test_every_template_is_described():
    assert all(f"${{{{ {word} }}}}" in TEXT for word in WORDS)


def test_every_code_of_the_linter_is_described():
    """A code is the second argument of `add` and `note`, on the same line or the next."""
    told = re.compile(r"\.(?:add|note)\(\s*[^\"()]*(?:\([^()]*\))?[^\"()]*,\s*\"([a-z-]+)\"")
    files = (ROOT / "app" / "core" / "config").rglob("*.py")
    codes = {code for file in files for code in told.findall(file.read_text())}
    assert len(codes) > 25
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()
