"""Foreign text never costs more than its length: every compiled pattern of the package."""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import app

SIZE = 10_000
"""Enough: what takes a nanosecond for each pair of characters takes 50 ms, what is linear 5."""
LIMIT = 0.05
"""Seconds of processor time, the fastest of three."""
GROWTH = 2.5
"""How much longer twice the input may take, where it takes long enough to be measured."""
MEASURABLE = 0.012
STOP = 2.0
"""Seconds of processor time, then a search is ended: what backtracks would not come back."""
UNITS = (" ", "\t", "\n", "[", "]", "{", "(", "<", ">", '"', "'", "\\", "`", "*", "~", "a", "A", "0",
         "-", "_", ".", "/", ":", ";", ",", "=", "@", "#", "&", "|", "!", "é", " a", "a ", "[ ", '"a',
         "a,", "0.", "1_", "${{", "<!--", "\x1b[", "\x1b]", "a@", "ci", "\x00")  # fmt: skip


def patterns() -> Iterator[tuple[str, re.Pattern]]:
    seen = set()
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if ".migrations" in module.name or module.name == "app.__main__":
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern) and id(value) not in seen:
                seen.add(id(value))
                yield f"{module.name}.{name}", value


PATTERNS = dict(patterns())


def heads(pattern: re.Pattern) -> list[str]:
    """Beginnings that lead into the pattern: what it says in so many words, cut everywhere."""
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    words = [
        w for w in re.findall(r"[A-Za-z0-9 :@#*,'\"<>/=_-]+", re.sub(r"\\.", " ", source)) if w
    ]
    spines = {"", *(w[:n] for w in words[:6] for n in (1, len(w))), "".join(words)[:200]}
    return sorted(spines)


@contextmanager
def stopped() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, STOP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def cost(pattern: re.Pattern, text: str | bytes) -> float:
    found = []
    for _ in range(3):
        begun = time.process_time()
        for use in (pattern.search, pattern.match, pattern.fullmatch):
            use(text)
        deque(pattern.finditer(text), maxlen=0)
        found.append(time.process_time() - begun)
        if found[-1] < LIMIT / 5:
            break
    return min(found)


def hostile(pattern: re.Pattern, head: str, unit: str, size: int) -> str | bytes:
    text = (head + unit * size)[:size] + "\x7f"
    return text if isinstance(pattern.pattern, str) else text.encode()


def costs(pattern: re.Pattern, head: str, unit: str) -> tuple[float, float]:
    """Of half the text, where that matters, and of all of it."""
    with stopped():
        took = cost(pattern, hostile(pattern, head, unit, SIZE))
        half = cost(pattern, hostile(pattern, head, unit, SIZE // 2)) if took > MEASURABLE else 0.0
    return half, took


def is_slow(half: float, took: float) -> bool:
    return took > LIMIT or (took > MEASURABLE and took > GROWTH * max(half, MEASURABLE / 2))


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_backtracks_over_what_others_wrote(name):
    pattern, slow = PATTERNS[name], []
    for head in heads(pattern):
        for unit in UNITS:
            try:
                half, took = costs(pattern, head, unit)
                for _ in range(4):  # another program on the machine may have been in the way
                    if not is_slow(half, took):
                        break
                    half, took = costs(pattern, head, unit)
            except TimeoutError:
                slow.append((head, unit, "stopped"))
                break
            if is_slow(half, took):
                slow.append((head, unit, f"{half * 1000:.0f} ms, {took * 1000:.0f} ms"))
    assert not slow, slow[:5]
