"""
One strict reading of a tree, for the App and the hook: what it takes, git itself takes so.

Git accepts trees that a checkout, an archive and a parser understand in different ways: a name
twice, a slash in a name, a folder whose mode is no folder's. Who judges or writes trees must not be
one more opinion: such a tree is not read at all. `git fsck` tells most of these, too.
"""

from __future__ import annotations

from app.core.model.git_names import is_forbidden

TREE = b"40000"
_MODES = {
    mode: int(mode, 8) for mode in (TREE, b"100644", b"100755", b"100664", b"120000", b"160000")
}
"""Git's six, as it writes them; 100664 is of its first weeks."""
_MODE_ENDS = 16

Entries = dict[bytes, tuple[int, str]]
"""Name -> (mode, object id), in git's order."""


class OddTree(Exception):
    """A tree that cannot be read in one way only; the text says why, in ASCII."""


def read_tree(raw: bytes, id_bytes: int = 20) -> Entries:
    """Read the content of a tree object whose ids have *id_bytes*; raises `OddTree`."""
    entries: Entries = {}
    at, end, last = 0, len(raw), b""
    while at < end:
        space = raw.find(b" ", at, at + _MODE_ENDS)
        nul = raw.find(b"\0", space) if space >= 0 else -1
        if nul < 0 or nul + id_bytes >= end:
            raise OddTree("it is cut off")
        mode, name = _MODES.get(raw[at:space].lstrip(b"0")), raw[space + 1 : nul]
        at = nul + 1 + id_bytes
        if mode is None:
            raise OddTree(f"the mode of {_shown(name)} is none of git's")
        if is_forbidden(name):
            raise OddTree(f"git forbids the name {_shown(name)}")
        if name in entries:
            raise OddTree(f"it has the name {_shown(name)} twice")
        place = name + b"/" if mode == 0o040000 else name
        if place <= last:
            raise OddTree(f"{_shown(name)} is not in git's order")
        entries[name] = mode, raw[nul + 1 : at].hex()
        last = place
    return entries


def _shown(name: bytes) -> str:
    return ascii(name[:60])[1:]
