"""The three-way rule for one thing: what both sides made of what there was."""

from __future__ import annotations

from typing import Literal

Side = Literal["ours", "theirs", "both"]


def side(base: object, ours: object, theirs: object) -> Side:
    """
    Whose version counts: of the one who changed it; *both* changed it, each otherwise.

    Where they agree it is *theirs*, so that nothing then counts as our own.
    """
    if ours in (theirs, base):
        return "theirs"
    return "ours" if theirs == base else "both"
