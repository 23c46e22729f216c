"""
A commit's bytes as a fact. Whatever they hold, something is said: nothing here refuses a commit.

Git and its hosts accept commits that libgit2 cannot parse (an author line without a date) or that
name encodings that are none, and one of those must not keep anybody's promotion from going on.
"""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime

from app.core.model.facts import Commit
from app.core.model.names import Sha
from app.errors import Rejected
from app.gitplumbing.commits import OddCommit, parents_of, tree_of

READ = 1 << 16
"""How many bytes of a message, or of who wrote it, are looked at: nobody's cost more than that."""
CO_AUTHOR = "co-authored-by:"
_SECONDS = re.compile(rb"[0-9]{1,18}")
_LAST = 253_402_300_799
"""The end of the year 9999 in seconds: what no calendar holds becomes the nearest that one does."""
_UTF_8 = "utf-8"
_LONGEST_NAME = 40
_SLOW = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})
"""Codecs of Python, by their own names, that no commit is written in; the first one is cubic."""
UNNAMED = "unknown"


def described(sha: Sha, raw: bytes) -> Commit:
    """Read a commit; text that is no text is shown with replacement characters."""
    head, _, body = raw.partition(b"\n\n")
    headers = _headers(head)
    encoding = _encoding(headers)
    try:
        tree = Sha(tree_of(raw))
    except OddCommit as odd:
        raise Rejected(f"commit {sha} cannot be read: {odd}") from odd
    message = _text(body[:READ], encoding)
    also = filter(None, map(_co_author, message.split("\n")))
    return Commit(
        sha=sha,
        parents=tuple(map(Sha, parents_of(raw))),
        tree=tree,
        subject=" ".join(message.strip().split("\n\n", 1)[0].split("\n")).strip(),
        authors=tuple(dict.fromkeys([_author(_first(headers, b"author"), encoding), *also])),
        committed_at=_moment(_first(headers, b"committer")),
    )


def _co_author(line: str) -> tuple[str, str] | None:
    """Read ``Co-authored-by: NAME <ADDRESS>`` as (name, address); None: the line is none."""
    if line[: len(CO_AUTHOR)].lower() != CO_AUTHOR:
        return None
    name, opened, rest = line[len(CO_AUTHOR) :].strip().rpartition("<")
    if not opened or rest.find(">") != len(rest) - 1:
        return None
    return name.strip(), rest[:-1]


def message_of(raw: bytes) -> str:
    """The message of a commit, as far as it is looked at: ours are shorter."""
    head, _, body = raw.partition(b"\n\n")
    return _text(body[:READ], _encoding(_headers(head)))


def _encoding(headers: list[tuple[bytes, bytes]]) -> str:
    return _first(headers, b"encoding").decode("ascii", "replace")


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    """The lines before the message; what goes on (a signature) begins with a space."""
    headers = []
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        if name:
            headers.append((name, value))
    return headers


def _first(headers: list[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")


def _author(line: bytes, encoding: str) -> tuple[str, str]:
    name, _, rest = line[:READ].partition(b"<")
    email = rest.partition(b">")[0]
    return _text(name.strip(), encoding) or UNNAMED, _text(email.strip(), "") or UNNAMED


def _moment(line: bytes) -> datetime:
    """A commit may claim any time, or none."""
    digits = line.rpartition(b">")[2].split()[:1]
    seconds = int(digits[0]) if digits and _SECONDS.fullmatch(digits[0]) else 0
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST), UTC)


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(_codec(encoding), "replace")
    except (LookupError, ValueError):  # a codec that is none of text
        return raw.decode(_UTF_8, "replace")


def _codec(encoding: str) -> str:
    """
    Python's codec of that name, UTF-8 where there is none that commits are written in.

    It has many names: of `!punycode` Python drops what is no letter.
    """
    try:
        codec = codecs.lookup(encoding if len(encoding) <= _LONGEST_NAME else _UTF_8).name
    except (LookupError, ValueError):
        return _UTF_8
    return _UTF_8 if codec in _SLOW else codec
