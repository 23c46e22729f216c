"""Nothing secret reaches a log: known values and well-known shapes are blotted out."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from urllib.parse import unquote

BLOT = "[redacted]"
_LONG = 8
"""A value from this length on is nowhere by chance: it is blotted out inside words, too."""
_SHORT = 4
"""
A value below this length would blot out everything that holds its letters: it is blotted out where
it is the whole text, and by the shapes (in an address, behind `password=`).
"""

_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    # GitHub's tokens: since 2026 also ghs_<app>_<jwt>, so dots, dashes and underscores belong.
    r"|\b(?:gh[a-z]|github_pat)_[A-Za-z0-9._-]+"
    r"|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+"
    r"|\b(?:Bearer|Basic|token)\s+(?=\S*[0-9._~+/=-])[A-Za-z0-9._~+/=-]{8,}"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|(?<=password=)[^\s&;]+",
    re.DOTALL | re.IGNORECASE,
)


_MARKS = ("-----begin ", "github_pat", "eyj", "bearer", "basic", "token", "://", "password=")


def _may_have_a_shape(text: str) -> bool:
    """Look quickly: most lines have none, and the expression is slow. ASCII alone folds simply."""
    if not text.isascii():
        return True
    low = text.lower()
    return ("gh" in low and "_" in low) or any(mark in low for mark in _MARKS)


class Redactor:
    """
    Blots out secrets in texts.

    It knows the values it was told of (the settings' secrets, and the newest *remembered* minted
    tokens) and the shapes that secrets usually have. Safe to share between threads.
    """

    def __init__(self, values: Iterable[str] = (), remembered: int = 1000) -> None:
        self._remembered = remembered
        forms = {form for value in values for form in _forms(value)}
        self._fixed = {form for form in forms if len(form) >= _LONG}
        self._words = _standing_alone(forms - self._fixed)
        self._whole = {form for form in forms if len(form) < _SHORT}
        self._minted: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()
        self._known: tuple[str, ...] = ()
        self._sort()

    def learn(self, value: str) -> None:
        """Blot out *value* from now on; the oldest ones are forgotten when there are many."""
        with self._lock:
            self._minted[value] = None
            while len(self._minted) > self._remembered:
                self._minted.popitem(last=False)
            self._sort()

    def _sort(self) -> None:
        """The longest first: one may be a part of another."""
        self._known = tuple(sorted({*self._fixed, *self._minted}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """*text* without anything secret."""
        if text in self._whole:
            return BLOT
        for value in self._known:
            if value in text:
                text = text.replace(value, BLOT)
        if self._words is not None:
            text = self._words.sub(BLOT, text)
        return _SHAPES.sub(BLOT, text) if _may_have_a_shape(text) else text


def _forms(value: str) -> set[str]:
    """A value as it may appear: as it is, on one line, by `repr`, by URL, and a key's lines."""
    lines = [line.strip() for line in value.splitlines() if not line.startswith("-----")]
    value = value.strip()
    forms = {value, repr(value)[1:-1], unquote(value), *(line for line in lines if len(line) > 15)}
    return forms - {""}


def _standing_alone(forms: Iterable[str]) -> re.Pattern[str] | None:
    """What finds the short ones of *forms* as words of their own; None: there are none."""
    words = sorted((form for form in forms if len(form) >= _SHORT), key=len, reverse=True)
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")
