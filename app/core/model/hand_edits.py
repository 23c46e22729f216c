"""What people changed by hand in a stage's outputs, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Fate = Literal["seen", "kept", "replaced", "conflict"]
"""
`seen`: it is there. `kept`: the promotion wrote around it. `replaced`: it is gone, on a person's
word or by `on-drift: overwrite`. `conflict`: the freight changes the same, so neither was written.
"""
MOST = 200
"""How many are named one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class HandEdit:
    """One file or key that differs from what we wrote."""

    place: str
    """A file, or ``file#key``."""
    who: tuple[str, ...] = ()
    """
    The authors of the commits that did it, by the names in them (they prove nothing), newest first;
    (): history does not tell.
    """
    fate: Fate = "seen"
    since: datetime | None = field(default=None, compare=False)
    """When the push of the first of those commits was seen here; None: not known (any more)."""


def gathered(edits: Iterable[HandEdit]) -> tuple[HandEdit, ...]:
    """
    Each place once, in order of places, with everybody who changed it; the first `MOST` of them.

    What is beyond is one edit, whose place says how many there are.
    """
    by_place: dict[str, HandEdit] = {}
    for edit in edits:
        there = by_place.get(edit.place)
        who = (*there.who, *edit.who) if there else edit.who
        times = (e.since for e in (there, edit) if e is not None and e.since is not None)
        since = min(times, default=None)
        by_place[edit.place] = replace(edit, who=tuple(dict.fromkeys(who)), since=since)
    named = [by_place[place] for place in sorted(by_place)]
    rest = named[MOST:]
    if not rest:
        return tuple(named)
    who = tuple(dict.fromkeys(name for edit in rest for name in edit.who))
    since = min((edit.since for edit in rest if edit.since is not None), default=None)
    return (*named[:MOST], HandEdit(f"and {len(rest)} more", who, rest[0].fate, since))


def in_words(edits: Iterable[HandEdit], most: int = 5) -> str:
    """``web/x by Bob, web/y by Ann and Bob``, as plain text; beyond *most* they are counted."""
    listed = list(edits)
    said = [_one(edit) for edit in listed[:most]]
    rest = len(listed) - most
    return ", ".join(said) + (f" and {rest} more" if rest > 0 else "")


def _one(edit: HandEdit) -> str:
    return f"{edit.place} by {' and '.join(edit.who)}" if edit.who else edit.place
