"""
What a commit stands on, as git reads it: its tree first, then its parents, in the lines after it.

A `parent` line further down is one to a careless reader only, and git takes commits that have it:
https://git-scm.com/docs/git-fsck says nothing of lines that nobody knows.
"""

from __future__ import annotations

_TREE, _PARENT = b"tree ", b"parent "
_HEX = b"0123456789abcdef"


class OddCommit(Exception):
    """A commit that names no tree where git looks for one."""


def tree_of(raw: bytes) -> str:
    """The id of the root tree of the commit *raw*; raises `OddCommit`."""
    tree = _named(raw.partition(b"\n")[0], _TREE)
    if tree is None:
        raise OddCommit("it names no tree")
    return tree


def parents_of(raw: bytes) -> list[str]:
    """The parents of the commit *raw*, the first first."""
    parents = []
    for line in raw.partition(b"\n\n")[0].split(b"\n")[1:]:
        parent = _named(line, _PARENT)
        if parent is None:
            break
        parents.append(parent)
    return parents


def _named(line: bytes, word: bytes) -> str | None:
    name = line[len(word) :]
    fits = line.startswith(word) and len(name) in (40, 64) and not name.translate(None, _HEX)
    return name.decode() if fits else None
