"""What a hand-made mutation is: a patch of the product's text, and what must fail then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patch:
    """
    In *file* each of *edits* (old text, new text) is made; the old text occurs once. *test* is the
    file, and a part of the name, of what fails then; None: some seed does. *seed* is one that did:
    it is played first.
    """

    file: str
    edits: tuple[tuple[str, str], ...]
    test: tuple[str, str] | None = None
    seed: int | None = None


def one(file: str, old: str, new: str, test: str, name: str) -> Patch:
    """A single edit, and the test that sees it."""
    return Patch(file, ((old, new),), (test, name))
