"""What git writes to the hook's standard input, read strictly: anything odd is refused."""

from __future__ import annotations

import re

from app.core.pushrules import Update

# A ref may hold any byte above space but git's own signs; U+00A0 and U+2028 are part of names.
# https://git-scm.com/docs/githooks#pre-receive, https://git-scm.com/docs/git-check-ref-format
_LINE = re.compile(
    rb"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (refs/[^\x00-\x20\x7f~^:?*\[\\]+)"
)


class UnreadableError(Exception):
    """The input is not what git writes: nothing can be said about the push."""


def read_updates(data: bytes) -> tuple[Update, ...]:
    """Read ``old SP new SP ref LF`` lines; an empty input is a push of nothing."""
    if data and not data.endswith(b"\n"):
        raise UnreadableError("the last line has no end")
    return tuple(_update(line) for line in data.split(b"\n")[:-1])


def _update(line: bytes) -> Update:
    found = _LINE.fullmatch(line)
    if found is None or len(found[1]) != len(found[2]):
        raise UnreadableError("a line is not `old new refs/...`")
    return Update(found[3], _oid(found[1]), _oid(found[2]))


def _oid(raw: bytes) -> str | None:
    return None if raw.strip(b"0") == b"" else raw.decode()
