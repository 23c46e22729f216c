"""What git writes to the hook's standard input, read strictly: anything odd is refused."""

from __future__ import annotations

from app.core.protection import Update

_HEX = b"0123456789abcdef"
# A ref may hold any byte above space but git's own signs; U+00A0 and U+2028 are part of names.
# https://git-scm.com/docs/githooks#pre-receive, https://git-scm.com/docs/git-check-ref-format
_IN_NO_REF = bytes(range(0x21)) + b"\x7f~^:?*[\\"


class UnreadableError(Exception):
    """The input is not what git writes: nothing can be said about the push."""


def read_updates(data: bytes) -> tuple[Update, ...]:
    """Read ``old SP new SP ref LF`` lines; an empty input is a push of nothing."""
    if data and not data.endswith(b"\n"):
        raise UnreadableError("the last line has no end")
    return tuple(_update(line) for line in data.split(b"\n")[:-1])


def _update(line: bytes) -> Update:
    words = line.split(b" ")
    if len(words) != 3 or not (_is_oid(words[0]) and _is_oid(words[1]) and _is_ref(words[2])):
        raise UnreadableError("a line is not `old new refs/...`")
    old, new, ref = words
    if len(old) != len(new):
        raise UnreadableError("a line has ids of two kinds")
    return Update(ref, _oid(old), _oid(new))


def _is_oid(word: bytes) -> bool:
    return len(word) in (40, 64) and not word.translate(None, _HEX)


def _is_ref(word: bytes) -> bool:
    return word.startswith(b"refs/") and len(word) > 5 and word.translate(None, _IN_NO_REF) == word


def _oid(raw: bytes) -> str | None:
    return None if raw.strip(b"0") == b"" else raw.decode()
