"""The glossary (docs/behaviour.md, "Words"): one word for one thing, in types, tables, columns and titles."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from app.core.model import check_names
from app.core.text.reason_texts import WORDS
from app.sql.schema.columns import metadata

ROOT = Path(__file__).parent.parent
PARTS = ("app/core", "app/engine", "app/ports", "app/sql")
ALLOWED = {
    "Source": "an entry of `from` in the file, in the parser",
    "History": "everything that is recorded of a repository, as a port; no line of a branch",
    "SqlHistory": "the same, in SQL",
    "Release": "the button that frees a suspect grant",
    "WorkflowRun": "a run of GitHub Actions, by GitHub's own word",
    "WorkflowRuns": "the same, as a port",
    "environment": "a GitHub environment, by GitHub's own word",
    "Environments": "the same, in adapters",
}


def rows():
    """The table's rows: words, meaning, what is never said."""
    section = (ROOT / "docs/behaviour.md").read_text(encoding="utf-8").split("## Words")[1]
    table = section.split("\n## ")[0]
    found = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip(" |") for cell in row] for row in found[1:]]


def words(text):
    """Its words, lower-case: of ``SqlHistory``, of ``lock_requests`` and of a sentence alike."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


KNOWN = {word for row in rows() for word in words(row[0])}
NEVER = {
    word.strip()
    for row in rows()
    for word in row[2:]
    for word in word.split(",")
    if re.fullmatch(r"[a-z]+", word.strip())
}


def types():
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            if "migrations" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.ClassDef):
                        yield node.name


def one_of(word):
    """The singular."""
    return re.sub(r"(?<=[^s])s$", "", re.sub(r"ies$", "y", word))


def test_what_is_never_said_names_no_type_table_column_or_check():
    columns = [name for table in metadata.sorted_tables for name in (table.name, *table.c.keys())]
    checks = [value for name, value in vars(check_names).items() if name.isupper()]
    titles = [
        title for words in WORDS.values() for title in [words.title] if "Release" not in title
    ]

    names = [name for name in (*types(), *columns) if name not in ALLOWED]

    assert [name for name in (*names, *checks, *titles) if words(name) & NEVER] == []
    assert {"registry", "environment", "history"} <= NEVER


def test_every_table_is_called_by_words_of_the_glossary():
    unknown = {
        f"{table.name}: {word}"
        for table in metadata.sorted_tables
        for word in map(one_of, words(table.name))
        if word not in {one_of(known) for known in KNOWN}
    }

    assert unknown == set()
