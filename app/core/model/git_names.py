"""
Names that no tree may hold: `.git`, and what some file system takes for it.

By git's own rules: https://git-scm.com/docs/git-fsck (hasDot, hasDotdot, hasDotgit, emptyName,
fullPathname), `is_hfs_dotgit` and `is_ntfs_dotgit` of its source.
"""

from __future__ import annotations

_SPECIAL = frozenset({b"", b".", b".."})
_FIRST = frozenset(b".gG\xe2\xef")
"""What such a name begins with: the last two begin the characters that HFS+ does not see."""
_UNSEEN = frozenset(
    map(chr, (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF))
)
_LETTERS = (".", "gG", "iI", "tT")
_NTFS = frozenset({b".git", b"git~1"})


def is_forbidden(name: bytes) -> bool:
    """Tell whether git forbids *name*, one part of a path, in a tree."""
    if name in _SPECIAL or b"/" in name or b"\0" in name:
        return True
    if name[0] not in _FIRST and b"\\" not in name:
        return False
    return _is_ntfs_dotgit(name) or _is_hfs_dotgit(name)


def _is_ntfs_dotgit(name: bytes) -> bool:
    r"""Its short form, a stream of it, spaces and dots at its end; `\` parts paths there."""
    return any(part.partition(b":")[0].rstrip(b". ").lower() in _NTFS for part in name.split(b"\\"))


def _is_hfs_dotgit(name: bytes) -> bool:
    """In any case, with characters in it that HFS+ ignores; what is no text ends the name."""
    seen = [c for c in name.decode("utf-8", "surrogateescape") if c not in _UNSEEN]
    if len(seen) < len(_LETTERS) or any(c not in ok for c, ok in zip(seen, _LETTERS, strict=False)):
        return False
    return len(seen) == len(_LETTERS) or _is_no_text(seen[len(_LETTERS)])


def _is_no_text(character: str) -> bool:
    return 0xDC80 <= ord(character) <= 0xDCFF or character in "\ufffe\uffff"
