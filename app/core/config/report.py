"""What the parser finds wrong, gathered: every problem is told, none stops the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from app.core.model.pipeline import Mark, Problem

# A guess compares a word with all known ones: thousands of them would take seconds.
MAX_GUESSES = 100
MAX_COMPARED = 5_000
"""Words that all guesses of a file compare with."""
MAX_EXPRESSIONS = 100
"""How many `regex:` entries a file may hold: compiling thousands would take a minute."""


class Report:
    """
    Problems and notes of one file, in any order; `problems` and `notes` sort them by place.

    *expressions*: what a machine may answer otherwise is asked: whether a `regex:` compiles, which
    time zones there are.
    """

    def __init__(self, *, expressions: bool = True) -> None:
        self.expressions = expressions
        self._problems: list[Problem] = []
        self._notes: list[Problem] = []
        self._guesses = self._compared = 0
        self._expressions_read = 0

    def another_expression(self) -> bool:
        """Count a `regex:` entry of the file; False where there are too many to compile."""
        self._expressions_read += 1
        return self._expressions_read <= MAX_EXPRESSIONS

    def add(self, mark: Mark, code: str, message: str, suggestion: str | None = None) -> None:
        """Tell that something is wrong at *mark*."""
        self._problems.append(Problem(message, code, mark, suggestion))

    def note(self, mark: Mark, code: str, message: str, suggestion: str | None = None) -> None:
        """Tell something worth knowing at *mark* that makes nothing invalid."""
        self._notes.append(Problem(message, code, mark, suggestion))

    def closest(self, word: str, known: Iterable[str]) -> str | None:
        """The one of *known* that *word* was probably meant to be; after many such, None."""
        words = tuple(known)
        self._guesses += 1
        self._compared += len(words)
        few = self._guesses <= MAX_GUESSES and self._compared <= MAX_COMPARED
        return closest(word, words) if few else None

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, by place; none twice."""
        return _sorted(self._problems)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """All notes, by place; none twice."""
        return _sorted(self._notes)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of *known* that *word* was probably meant to be."""
    # difflib takes time with the square of the length, and nobody mistypes a name this long.
    if len(word) > 100:
        return None
    guesses = difflib.get_close_matches(word.lower().replace("_", "-"), sorted(known), n=1)
    return guesses[0] if guesses else None


def did_you_mean(suggestion: str | None) -> str:
    """Write the end of a sentence that offers *suggestion*, or nothing."""
    return f": did you mean `{suggestion}`?" if suggestion else ""


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def shown(text: str) -> str:
    """Write *text* as a message shows it: on one line, at most 60 characters of it."""
    safe = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return safe if len(safe) <= 60 else safe[:57] + "..."


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.mark.line, p.mark.column, p.code, p.message)))
