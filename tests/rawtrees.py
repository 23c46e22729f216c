"""Tree objects byte by byte, as git's own commands would not write them."""

from __future__ import annotations


def raw_tree(*entries: tuple[str | bytes, str | bytes, str]) -> bytes:
    """The content of a tree of (mode, name, object id), in the order given."""
    return b"".join(
        _bytes(mode) + b" " + _bytes(name) + b"\0" + bytes.fromhex(sha)
        for mode, name, sha in entries
    )


def parsed(raw: bytes) -> list[tuple[str, bytes, str]]:
    """The entries of a tree that git wrote."""
    found, at = [], 0
    while at < len(raw):
        nul = raw.index(b"\0", at)
        mode, _, name = raw[at:nul].partition(b" ")
        found.append((mode.decode(), name, raw[nul + 1 : nul + 21].hex()))
        at = nul + 21
    return found


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
