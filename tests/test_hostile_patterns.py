"""Foreign text never costs more than its length: every pattern of the package, wherever it stands."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import translate
from functools import partial
from pathlib import Path
from types import BuiltinMethodType, ModuleType

import pytest

import app
from app.github.meanings import COMMON, TABLE
from tests.hostile import UNITS, too_slow

USES = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
ANCHORED = re.compile(r": re[.](?:full)?match[(]|translate[(]pattern[)]")
"""Used where it stands, and from the beginning only: nothing looks for it further on."""
ASKED = re.compile(r"\bre\s*\.\s*[a-z]")
MADE = {
    "app.core.evidence.matching: re.compile(translate(pattern))": translate("*a*[b-c]*?d*" * 5),
    "app.sandbox.github.faults: re.compile(path)": "nobody's: what the tests of a fault ask for",
    "app.observe.redact: re.compile(f\"(?<!\\\\w)(?:{'|'.join(map(re.escape, words))})(?!\\\\w)\")": (
        r"(?<!\w)(?:aaaaaaa|aaaaaa|aaaaa|aaaa|secret)(?!\w)"
    ),
}
"""Patterns that only their own module can make, in its worst form; words: why it is none of theirs."""


def modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if ".migrations" not in module.name and module.name != "app.__main__":
            yield importlib.import_module(module.name)


def within(name: str, value: object) -> Iterator[tuple[str, re.Pattern]]:
    """The patterns of a module's name: itself, a method of it (`.fullmatch`), in a table."""
    if isinstance(value, BuiltinMethodType):
        value = value.__self__
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from within(f"{name}[{key}]", one)
    elif isinstance(value, tuple | list | set | frozenset):
        for place, one in enumerate(value):
            yield from within(f"{name}[{place}]", one)


def inline(module: ModuleType) -> Iterator[tuple[str, str]]:
    """How `re` is asked where a pattern is not kept, and by what, as it is written."""
    text = Path(module.__file__ or "").read_text(encoding="utf-8")
    if not ASKED.search(text):
        return  # reading all of them takes as long as importing them
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in USES
        ):
            yield node.func.attr, ast.unparse(node.args[0])


def told() -> Iterator[tuple[str, re.Pattern | None]]:
    """All patterns by their place; None: one that the module makes of something else."""
    for module in modules():
        for name, value in vars(module).items():
            yield from within(f"{module.__name__}.{name}", value)
        for use, text in inline(module):
            place = f"{module.__name__}: re.{use}({text})"
            try:
                yield place, re.compile(eval(text, vars(module).copy()))
            except NameError:
                yield place, None


def patterns(found: Iterable[tuple[str, re.Pattern | None]]) -> Iterator[tuple[str, re.Pattern]]:
    """Each once."""
    seen = set()
    for name, pattern in found:
        if pattern is not None and (pattern.pattern, pattern.flags) not in seen:
            seen.add((pattern.pattern, pattern.flags))
            yield name, pattern


TOLD = list(told())
MEANINGS = [*COMMON.values(), *(one for row in TABLE.values() for one in row)]
GITHUB = [(f"said by GitHub: {meaning.said}", re.compile(meaning.said)) for meaning in MEANINGS]
PATTERNS = dict(
    patterns(
        [*TOLD, *GITHUB, *((n, re.compile(MADE[n])) for n, p in TOLD if p is None and n in MADE)]
    )
)


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


def reading(pattern: re.Pattern, head: str, unit: str, size: int, *, anchored: bool) -> None:
    text = (head + unit * size)[:size] + "\x7f"
    data = text if isinstance(pattern.pattern, str) else text.encode()
    pattern.match(data)
    pattern.fullmatch(data)
    if not anchored:
        deque(pattern.finditer(data), maxlen=0)  # its first step is `search`


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_backtracks_over_what_others_wrote(name):
    pattern, slow = PATTERNS[name], []
    anchored = ANCHORED.search(name) is not None
    for head in heads(pattern):
        for unit in UNITS:
            why = too_slow(partial(reading, pattern, head, unit, anchored=anchored))
            if why:
                slow.append((head, unit, why))
            if why == "stopped":
                break
    assert not slow, slow[:5]


def test_every_pattern_is_tried():
    """In a table, by one of its methods, where it is used: what only its module can make is named."""
    unmade = {name for name, pattern in TOLD if pattern is None}

    assert "app.core.rebuild.rows._WORDS[check-failed]" in dict(TOLD)
    assert "app.core.model.check_names._is_code" in dict(TOLD)
    assert unmade == {*MADE, "app.github.meanings: re.search(self.said)"}
