"""The papers as they are written, and what of the program they speak of."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from app.__main__ import _parser
from app.settings import Settings
from tests.paper_shell import OPERATING, below

ROOT = Path(__file__).parents[1]
PAPERS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "hooks/**/*.md", "manifests/**/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
PLANNED = re.compile(r"^- .*\*\(planned\)\*$\n", re.MULTILINE)
"""A rule of docs/behaviour.md about what is not built yet: it may speak of what does not exist."""
TEXTS = {
    str(path.relative_to(ROOT)): PLANNED.sub("", path.read_text(encoding="utf-8"))
    for path in PAPERS
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> str:
    return BLOCK.sub("", text)


def spans(text: str) -> list[str]:
    return CODE.findall(prose(text))


def table(paper: str, heading: str) -> list[list[str]]:
    """The cells of the tables of *paper* whose first column is called *heading*."""
    lines = iter(TEXTS[paper].splitlines())
    rows = []
    for line in lines:
        if line.startswith(f"| {heading} |"):
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    break
                cells = re.split(r"(?<!\\)\|", row.strip("|"))
                rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    return rows


def options(command: str) -> set[str]:
    """Of the command and of what is below it, as `hook install` is."""

    def of(parser: argparse.ArgumentParser) -> Iterator[str]:
        for action in parser._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    yield from of(below)

    (top,) = _parser(command)._subparsers._group_actions  # type: ignore[union-attr]
    return set(of(top.choices[command]))  # type: ignore[index]


HIDDEN = {"--child-of", "--pulse", "--unheard"}
"""What our processes tell each other."""


class Asked(dict[str, str]):
    """An environment that remembers what was looked up."""

    def __init__(self) -> None:
        super().__init__(HOME="/home/ada")
        self.names: set[str] = set()

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def variables() -> set[str]:
    asked = Asked()
    Settings.load(asked)
    return {name for name in asked.names if name.startswith("STAGELOCK_")}


BACKUPS = below(OPERATING, "Backups")
