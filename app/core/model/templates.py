"""``${{ word }}`` in the values of `yaml-set`: a fixed set of words is filled in, nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.model.names import GroupName

OPEN, CLOSE = "${{", "}}"
LOCK = "lock."
"""What the word for the permit of a lock group's grant begins with."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One ``${{ word }}``: its *word*, without the space around it, and how it is *written*."""

    word: str
    written: str


def parts(text: str) -> Iterator[str | Placeholder]:
    """
    Split *text* into what stands as it is and the placeholders, in order.

    A ``${{`` without a ``}}`` stands as it is. The time is linear in the text.
    """
    at = 0
    while True:
        begin = text.find(OPEN, at)
        end = text.find(CLOSE, begin + len(OPEN)) if begin >= 0 else -1
        if end < 0:
            yield text[at:]
            return
        yield text[at:begin]
        at = end + len(CLOSE)
        yield Placeholder(text[begin + len(OPEN) : end].strip(), text[begin:at])


def filled(text: str, value: Callable[[str], str]) -> str:
    """Write *text* with the *value* of each word in the place of its placeholder."""
    return "".join(part if isinstance(part, str) else value(part.word) for part in parts(text))


def locks_in(text: str) -> tuple[GroupName, ...]:
    """The lock groups whose permits *text* names."""
    words = (part.word for part in parts(text) if isinstance(part, Placeholder))
    return tuple(GroupName(word.removeprefix(LOCK)) for word in words if word.startswith(LOCK))
