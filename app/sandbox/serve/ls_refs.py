"""
The question of every fetch, which refs there are, answered without two processes of git's.

https://git-scm.com/docs/protocol-v2#_ls_refs. What is asked seldom, or is odd in the repository, is
git's own to answer: then there is no answer here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType, ReferenceType

LONGEST = 4096
"""Bytes of a question that is looked at."""
_COMMAND, _PREFIX = b"command=ls-refs", b"ref-prefix "
_CAPABILITIES = (b"agent=", b"object-format=sha1")
_FLUSH, _DELIMITER = b"0000", b"0001"
_PEEL, _SYMREFS, _UNBORN = b"peel", b"symrefs", b"unborn"


class _OddError(Exception):
    """Git itself is to answer."""


def listed(folder: Path, body: bytes) -> bytes | None:
    """What `git upload-pack` in *folder* answers to *body*; None: ask it."""
    try:
        words = list(_words(body))
        if not words or words[0] != _COMMAND or _DELIMITER not in words:
            return None
        middle = words.index(_DELIMITER)
        if not all(word.startswith(_CAPABILITIES) for word in words[1:middle]):
            return None
        return b"".join(_packed(line) for line in _refs(folder, words[middle + 1 :])) + _FLUSH
    except (_OddError, ValueError, KeyError, pygit2.GitError):
        return None


def _words(body: bytes) -> Iterator[bytes]:
    """The lines of *body*, which end with a flush: https://git-scm.com/docs/protocol-common."""
    at = 0
    while (head := body[at : at + 4]) != _FLUSH:
        size = int(head, 16)
        if head == _DELIMITER:
            yield head
            size = 4
        elif size > 4:
            yield body[at + 4 : at + size].removesuffix(b"\n")
        else:
            raise _OddError
        at += size
    if at + 4 != len(body):
        raise _OddError


def _packed(line: str) -> bytes:
    raw = f"{line}\n".encode()
    return b"%04x%b" % (len(raw) + 4, raw)


def _refs(folder: Path, asked: list[bytes]) -> Iterator[str]:
    prefixes = tuple(word.removeprefix(_PREFIX) for word in asked if word.startswith(_PREFIX))
    flags = {word for word in asked if not word.startswith(_PREFIX)}
    if not flags <= {_PEEL, _SYMREFS, _UNBORN}:
        raise _OddError
    repo = pygit2.Repository(str(folder))
    for raw in (b"HEAD", *sorted(repo.raw_listall_references())):
        if not prefixes or raw.startswith(prefixes):
            yield _ref(repo, raw.decode(), flags)


def _ref(repo: pygit2.Repository, name: str, flags: set[bytes]) -> str:
    reference, told = repo.references[name], ""
    if reference.type == ReferenceType.SYMBOLIC:
        if name != "HEAD":
            raise _OddError
        told = f" symref-target:{reference.target}" if _SYMREFS in flags else ""
        reference = repo.references[str(reference.target)]
    target = repo[reference.target]
    if _PEEL in flags and target.type == ObjectType.TAG:
        told += f" peeled:{target.peel(None).id}"
    return f"{target.id} {name}{told}"
