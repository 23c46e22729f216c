"""What the names of environments say: where in the order they belong, and the stage's name."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from app.core.model.names import RESERVED, is_name

LEVELS = (
    "sandbox local dev devel develop development nightly",
    "int integ integration ci preview",
    "test testing tst qa qc",
    "e2e acceptance acc",
    "uat sit demo",
    "stage staging stg beta nonprod",
    "perf load preprod preproduction preprd prelive canary",
    "prod production prd live",
)
"""Well-known names, in the order in which a change meets them."""
LAST = len(LEVELS) - 1
"""Production: what people merge into."""
_KNOWN = {word: level for level, words in enumerate(LEVELS) for word in words.split()}
_PARTS = re.compile(r"[^a-z0-9]+")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+|\.{2,}")
_LONGEST = 50
"""Of a name, so that a number or what tells two apart still fits."""


def level_of(name: str) -> int | None:
    """
    The place in the order that *name* speaks of (`prod-eu`, `PRD2`, `pre-prod`); None: it says
    nothing. Of several words the latest counts.
    """
    words = [word.rstrip("0123456789") or word for word in _PARTS.split(name.lower()) if word]
    words += ["".join(pair) for pair in pairwise(words)]
    whole = [word for word in words if word in ("preprod", "preproduction", "preprd", "nonprod")]
    levels = [_KNOWN[word] for word in whole or [*words, name.lower()] if word in _KNOWN]
    return max(levels, default=None)


def as_name(text: str, taken: Container[str], otherwise: str = "stage") -> str:
    """A name like *text* that the pipeline file allows, and that is not *taken*."""
    plain = _NOT_IN_NAMES.sub("-", text.lower())[:_LONGEST].strip("._-")
    plain = plain.removesuffix(".lock").rstrip("._-") or otherwise
    if plain in RESERVED or not is_name(plain):
        plain = f"{otherwise}-{plain}" if is_name(f"{otherwise}-{plain}") else otherwise
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name
