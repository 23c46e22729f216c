"""Hostile texts: words whole and torn, and characters that mean something to somebody."""

from __future__ import annotations

import random
from collections.abc import Sequence

ODD = ["\0", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "\r", "\x85", "\u2028", "é", "𝄞", "\t", " ", '"',
       "'", "\\", "`", "/", "<!--", "-->", "${{", "}}", "{", "}", "[", "]", "(", ")", "*", "&a", "*a",
       "!!", "|", ">", "#", "@", ":", "- ", ",", "%00", "..", "~", "^", "=", "\n", "\n\n", "9" * 30,
       "-1", "1e999", "NaN", "true", "null", "~1", "0x10", "\ud800"]  # fmt: skip


def torn(rng: random.Random, words: Sequence[str], most: int = 12) -> str:
    """A few of *words*, now and then cut, doubled, or with something odd between."""
    parts = []
    for _ in range(rng.randint(1, most)):
        word = rng.choice(words) if rng.random() < 0.7 else rng.choice(ODD)
        kind = rng.random()
        if kind < 0.1:
            word = word[: rng.randint(0, len(word))]
        elif kind < 0.15:
            word *= rng.choice([2, 5, 200])
        parts.append(word)
    return "".join(parts)


def mutated(rng: random.Random, text: str, times: int = 4) -> str:
    """*text* with pieces cut out, doubled, or replaced."""
    for _ in range(rng.randint(0, times)):
        at = rng.randint(0, len(text))
        end = min(len(text), at + rng.randint(0, 12))
        new = rng.choice([*ODD, "", text[at:end] * 2])
        text = text[:at] + new + text[end:]
    return text


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
