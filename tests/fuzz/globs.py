"""The documentation of path entries, read slowly: one character after the other."""

from __future__ import annotations

from functools import cache


def slowly_matches(entry: str, path: str) -> bool:
    """Tell whether the entry (no `regex:`) matches the file at *path*."""
    if not any(sign in entry for sign in "*?["):
        folder = entry.removesuffix("/")
        return path == folder or path.startswith(f"{folder}/")
    return _segments(tuple(entry.split("/")), tuple(path.split("/")))


@cache
def _segments(wanted: tuple[str, ...], there: tuple[str, ...]) -> bool:
    if not wanted:
        return not there
    first, rest = wanted[0], wanted[1:]
    if first == "**":
        if not rest:  # `a/**` is what is below `a`, not `a`
            return bool(there)
        return any(_segments(rest, there[n:]) for n in range(len(there) + 1))
    return bool(there) and _within(first, there[0]) and _segments(rest, there[1:])


@cache
def _within(glob: str, name: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(_within(glob[1:], name[n:]) for n in range(len(name) + 1))
    if not name:
        return False
    if glob[0] == "[":
        inside, end = _class(glob)
        negated = inside.startswith("!")
        return (name[0] in _members(inside.removeprefix("!"))) != negated and _within(
            glob[end:], name[1:]
        )
    return (glob[0] == "?" or glob[0] == name[0]) and _within(glob[1:], name[1:])


def _class(glob: str) -> tuple[str, int]:
    """What stands in the brackets, and where it goes on; a first `]` is a member."""
    start = 2 if glob[1:2] == "!" else 1
    end = glob.index("]", start + 1)
    return glob[1:end], end + 1


def _members(inside: str) -> frozenset[str]:
    found: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            found |= {chr(n) for n in range(ord(inside[at]), ord(inside[at + 2]) + 1)}
            at += 3
        else:
            found.add(inside[at])
            at += 1
    return frozenset(found)
