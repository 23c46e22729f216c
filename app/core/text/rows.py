"""Long lists in a text of limited length: of each list as many rows as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list that may be too long for where it stands."""

    lead: str
    """What it stands below."""
    rows: Iterable[str]
    """Its first ones, in order."""
    count: int
    """How many there are in all."""
    more: Callable[[int], str]
    """It writes the row that stands for so many others."""

    def written(self, rows: Sequence[str]) -> str:
        """The list with these *rows*, and one for those that are missing."""
        rest = self.count - len(rows)
        return "\n".join((self.lead, *rows, *((self.more(rest),) if rest else ())))


def filled(parts: Sequence[str | Rows], room: int) -> str:
    """
    Join *parts*, each in a paragraph, in at most *room* bytes of UTF-8 as far as lists can shrink.

    Every list may have equally many rows, as many as fit: a short one is shown whole, and the long
    ones have what it leaves. One row stands for the rest of a list.
    """
    used = [part for part in parts if part]
    lists = [part for part in used if isinstance(part, Rows)]
    fixed = sum(_size(p if isinstance(p, str) else p.lead) + len(BETWEEN) for p in used)
    read = _read(lists, room - fixed)
    most = _most(lists, read, room - fixed)
    shown = (a_list.written(rows[:most]) for a_list, rows in zip(lists, read, strict=True))
    return BETWEEN.join(part if isinstance(part, str) else next(shown) for part in used)


def _read(lists: Sequence[Rows], room: int) -> Sequence[Sequence[str]]:
    """The first rows of each list, one of each in turn, until they alone fill the room."""
    growing = [(iter(a_list.rows), list[str]()) for a_list in lists]
    read = [rows for _, rows in growing]
    depth = 0
    while growing and room > 0:
        depth += 1
        for rest, rows in growing:
            for line in islice(rest, 1):
                rows.append(line)
                room -= _size(line) + 1
        growing = [(rest, rows) for rest, rows in growing if len(rows) == depth]
    return read


def _most(lists: Sequence[Rows], read: Sequence[Sequence[str]], room: int) -> int:
    """How many rows every list may have, so that they and the rows for the rest fit."""
    most, named = 0, 0
    rests = sum(_size(a_list.more(a_list.count)) + 1 for a_list in lists)
    for depth in range(1, max(map(len, read), default=0) + 1):
        for a_list, rows in zip(lists, read, strict=True):
            if len(rows) >= depth:
                named += _size(rows[depth - 1]) + 1
            if len(rows) >= depth == a_list.count:
                rests -= _size(a_list.more(a_list.count)) + 1
        if named + rests <= room:
            most = depth
    return most


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
