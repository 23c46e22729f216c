"""What a reason speaks of: checks with their pages, stages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Subject(NamedTuple):
    """A name as people read it; *url* is its page ("": it has none)."""

    name: str
    url: str = ""


def names_of(about: Iterable[Subject]) -> tuple[str, ...]:
    """Their names, each once."""
    return tuple(dict.fromkeys(subject.name for subject in about))


def named(names: Iterable[str]) -> tuple[Subject, ...]:
    """Subjects without pages."""
    return tuple(map(Subject, names))
