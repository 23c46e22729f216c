"""What is never promoted unasked: symlinks, submodules, and names that mean something to git."""

from __future__ import annotations

from app.git.trees import LINK, SUBMODULE, Entry, Trees, guard

# https://git-scm.com/docs/git-fsck#_fsck_messages: hasDot, hasDotdot, hasDotgit, emptyName
_NAMES = frozenset({b".", b"..", b".git", b"git~1", b""})
_WORDS = {
    LINK: "a symlink, which is promoted only with `allow-links: true`",
    SUBMODULE: "a submodule, which is promoted only with `allow-links: true`",
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
    for name, below in trees.read(entry.id).items():
        shown = name.decode("utf-8", "replace")
        if name.lower() in _NAMES:
            return "a name that git forbids", shown
        found = first_unsafe(trees, below, links=links, depth=depth + 1)
        if found is not None:
            what, path = found
            return what, f"{shown}/{path}" if path else shown
    if len(_clean) >= _LIMIT:
        _clean.clear()
    _clean.add((entry.id, links))
    return None
