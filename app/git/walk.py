"""How deep and how far a walk over folders goes, before it exhausts the stack or the machine."""

from __future__ import annotations

from app.errors import Rejected

MAX_DEPTH = 200
MOST = 1_000_000
"""Files and folders that one walk looks at; ones with long paths count more."""


def guard(depth: int) -> None:
    """Refuse what nobody builds by accident, before it exhausts the stack."""
    if depth > MAX_DEPTH:
        raise Rejected(f"there are folders nested more than {MAX_DEPTH} deep")


class Walk:
    """
    Counts what is looked at in one walk over folders, and refuses what nobody builds by accident.

    Ten folders that hold each other ten times are ten objects, and ten thousand million paths.
    """

    def __init__(self) -> None:
        self._left = MOST

    def sees(self, path_length: int) -> None:
        """One more, at a path of that many bytes; raises Rejected when it is one too many."""
        self._left -= 1 + (path_length >> 8)
        if self._left < 0:
            raise Rejected(f"there are more than {MOST:,} files and folders to look at")
