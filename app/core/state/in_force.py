"""
Which version of `stagelock.yaml` is in force: one answer for the App and for the hook.

It goes along first parents, not along the line: the hook has no memory and must find the same one.
Nothing here is slow to import, since the hook starts in milliseconds.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from typing import TypeVar

    Made = TypeVar("Made")
    Commit = TypeVar("Commit", bound=str)
    Mark = TypeVar("Mark", bound=Hashable)


def in_force(
    line: Iterable[tuple[Commit, Mark | None]], judge: Callable[[Commit, Mark], Made | None]
) -> tuple[Commit, Made] | None:
    """
    The newest valid version: (the newest commit that holds it, what *judge* makes of it).

    *line*: along first parents from the default branch's tip, newest first, each commit with a mark
    of what stands at the file's path, whatever it is (equal marks, equal content; None: nothing).
    It is read as far as the answer lies. *judge* says None where that version is invalid, and is
    asked once about each. What *line* and *judge* raise is raised: what cannot be read is neither
    absent nor invalid.

    None: nothing stands there at the tip, or no version was ever valid.
    """
    invalid: set[Mark] = set()
    at_tip = True
    for commit, mark in line:
        if mark is None:
            if at_tip:
                return None
        elif mark not in invalid:
            made = judge(commit, mark)
            if made is not None:
                return commit, made
            invalid.add(mark)
        at_tip = False
    return None


def brought(
    line: Iterable[tuple[Commit, Mark | None]], known: Callable[[Commit], Commit | None]
) -> Commit:
    """
    The commit that brought the file into the state that it has at the beginning of *line*.

    *known* answers for a commit at which that was found out before (None: it was not). Raises
    ``ValueError`` for an empty line.
    """
    bringing: tuple[Commit, Mark | None] | None = None
    for commit, mark in line:
        if bringing is not None and mark != bringing[1]:
            break
        before = known(commit)
        if before is not None:
            return before
        bringing = commit, mark
    if bringing is None:
        raise ValueError("a line without commits")
    return bringing[0]
