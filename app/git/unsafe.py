"""What is never promoted unasked: symlinks, submodules, and folders that cannot be read."""

from __future__ import annotations

from app.git.trees import LINK, SUBMODULE, Entry, Odd, Trees
from app.git.walk import guard

_WORDS = {
    LINK: "a symlink (see allow-links)",
    SUBMODULE: "a submodule (see allow-links)",
}
_LIMIT = 200_000
# A tree's id says all about it: what was clean once is clean for ever, in every repository.
_clean: set[tuple[str, bool]] = set()


def first_unsafe(
    trees: Trees, entry: Entry, *, links: bool, depth: int = 0
) -> tuple[str, str] | None:
    """
    Find the first thing below *entry* that may not be promoted: (what it is, its path below).

    *links*: whether symlinks and submodules count. Each tree is looked into once in a process.
    """
    if links and entry.mode in _WORDS:
        return _WORDS[entry.mode], ""
    if not entry.is_tree or (entry.id, links) in _clean:
        return None
    guard(depth)
    try:
        folder = trees.read(entry.id)
    except Odd as odd:
        return f"a folder that cannot be read: {odd.why}", ""
    for name, below in folder.items():
        shown = name.decode("utf-8", "replace")
        unsafe = first_unsafe(trees, below, links=links, depth=depth + 1)
        if unsafe is not None:
            what, path = unsafe
            return what, f"{shown}/{path}" if path else shown
    if len(_clean) >= _LIMIT:
        _clean.clear()
    _clean.add((entry.id, links))
    return None
