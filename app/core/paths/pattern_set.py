"""
Many path entries, asked at once: one compiled RE2 set, and a memory of what it answered.

Files share folders, and names; so folder and name are matched apart, and once each: of 100,000
changed paths most are answered by two dictionary look-ups. Expressions (`regex:`) see whole paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from app.core.paths.globs import Parts, parts

# RE2's default is 8 MiB for everything; a set that runs out of it would match nothing, silently.
SET_MEMORY = 64 << 20
# How much is remembered, at most: a history holds more names than anybody asks for twice.
MAX_KNOWN = 50_000
MAX_KINDS = 500
# No path holds a NUL, so these texts are never mistaken for a whole path.
_FOLDER, _NAME, _PROBE = b"\0d", b"\0n", b"\0p"
_TOO_LARGE = "the path entries are too large together"
# Bytes that are no UTF-8 come out of "surrogateescape" as U+DC80 to U+DCFF, which RE2 cannot see.
# Private characters stand in for them, so that `?` and `*` take each as one character.
_STAND_INS = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}

T = TypeVar("T")
Matched = frozenset[int]


class _Set(Protocol):
    """What is used of `re2.Set`, which has no types of its own."""

    def Add(self, pattern: bytes, /) -> int: ...  # noqa: N802
    def Compile(self) -> object: ...  # noqa: N802
    def Match(self, text: bytes, /) -> list[int] | None: ...  # noqa: N802


class _Memo(dict[bytes, T]):
    """What *ask* answered for folders or names, asked for once each."""

    def __init__(self, ask: Callable[[bytes], T]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: bytes) -> T:
        if len(self) >= MAX_KNOWN:
            self.clear()
        answer = self[key] = self._ask(key)
        return answer


class PathSet(Generic[T]):
    """
    The entries of a pipeline, each by its place in *entries*, and what follows from a match.

    *decide* is a pure function of the places that match. ``ValueError`` where all entries together
    are too large to compile. Every entry must have passed `entry_error`.
    """

    def __init__(self, entries: Sequence[str], decide: Callable[[Matched], T]) -> None:
        self._patterns: dict[str, int] = {}
        self._entries = [self._placed(parts(entry)) for entry in entries]
        self._set = _compiled(self._patterns)
        self._decide = decide
        self._whole = any(whole is not None for whole, _ in self._entries)
        self._names = _Memo(lambda name: self._ask(_NAME + _visible(name)))
        self._folders = _Memo(self._names_in)
        self._kinds: dict[Matched, _Memo[T]] = {}
        self.answer: Callable[[bytes], T] = self._of_match if self._whole else self._by_folder()
        """Tell what *decide* says of the entries that match a path."""

    def _of_match(self, path: bytes) -> T:
        return self._decide(self.match(path))

    def _by_folder(self) -> Callable[[bytes], T]:
        """
        Answer for paths in Git's order, where most lie in the folder of the one before: comparing
        two folders costs less than looking one up. Any other order is answered, too.
        """
        folders = self._folders
        last = (b"", folders[b""])  # one value: a thread never sees a folder with another's answers

        def answer(path: bytes) -> T:
            nonlocal last
            folder, _, name = path.rpartition(b"/")
            before, answers = last
            if folder != before:
                answers = folders[folder]
                last = folder, answers
            return answers[name]

        return answer

    def match(self, path: bytes) -> Matched:
        """Name the entries that match *path*."""
        folder, _, name = path.rpartition(b"/")
        whole = self._ask(_visible(path)) if self._whole else frozenset()
        return self._matching(self._folder(folder), self._names[name], whole)

    def _folder(self, folder: bytes) -> Matched:
        return self._ask(_FOLDER + _visible(folder) + b"/" if folder else _FOLDER)

    def _names_in(self, folder: bytes) -> _Memo[T]:
        """Give the answers for names in *folder*: one memory for all folders that match alike."""
        matched = self._folder(folder)
        if len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
            self._folders.clear()
        return self._kinds.setdefault(matched, self._answers(matched))

    def _answers(self, folder: Matched) -> _Memo[T]:
        known: dict[Matched, T] = {}

        def answer(name: bytes) -> T:
            matched = self._names[name]
            if matched not in known:
                known[matched] = self._decide(self._matching(folder, matched, frozenset()))
            return known[matched]

        return _Memo(answer)

    def _matching(self, folder: Matched, name: Matched, whole: Matched) -> Matched:
        return frozenset(
            at
            for at, (expression, pairs) in enumerate(self._entries)
            if expression in whole
            or any(f in folder and (n is None or n in name) for f, n in pairs)
        )

    def _ask(self, text: bytes) -> Matched:
        return frozenset(self._set.Match(text) or ())

    def _placed(self, parts: Parts) -> tuple[int | None, tuple[tuple[int, int | None], ...]]:
        whole = None if parts.whole is None else self._place(parts.whole)
        pairs = (
            (self._place(f"^\\x00d{f}"), None if n is None else self._place(f"^\\x00n{n}"))
            for f, n in parts.pairs
        )
        return whole, tuple(pairs)

    def _place(self, pattern: str) -> int:
        return self._patterns.setdefault(pattern, len(self._patterns))


def _compiled(patterns: Iterable[str]) -> _Set:
    import re2  # noqa: PLC0415  (6 ms that commands without a pipeline need not pay)

    options = re2.Options()
    options.max_mem = SET_MEMORY
    options.log_errors = False
    # Anchored at the start: folders and globs stop being looked for at the first difference.
    made: _Set = re2.Set.MatchSet(options)
    try:
        for pattern in patterns:
            made.Add(pattern.encode())
        probe = made.Add(b"^\\x00p\\z")
        made.Compile()
    except re2.error as error:
        raise ValueError(_TOO_LARGE) from error
    # RE2 answers "nothing matched" when memory is short, so ask for a match that must be there.
    if probe not in (made.Match(_PROBE) or ()):
        raise ValueError(_TOO_LARGE)
    return made


def _visible(path: bytes) -> bytes:
    try:
        path.decode()
    except UnicodeDecodeError:
        return path.decode(errors="surrogateescape").translate(_STAND_INS).encode()
    return path
