"""
100,000 paths against 50 patterns: our one RE2 set against pathspec's default.

Both answer the same question for each path: is it watched? Then one path against a pattern that
makes backtracking engines explode.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pathspec

from app.core.model.names import WarehouseName
from app.core.model.pipeline import Pipeline, Warehouse
from app.core.paths.watch_rules import compile_rules
from benchmarks.harness import Row, faster, measure, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OURS, THEIRS = "stagelock", "pathspec's default"
ROUNDS = 9
SUFFIXES = ("py", "ts", "md", "yaml", "json", "go", "txt", "png")


def patterns() -> list[str]:
    """50 entries as pipelines have them: folders, suffixes anywhere, globs below a folder."""
    folders = [f"apps/service{n}" for n in range(20)]
    suffixes = [f"libs/lib{n}/**/*.{SUFFIXES[n % len(SUFFIXES)]}" for n in range(20)]
    anywhere = [f"**/file{n}?.{SUFFIXES[n % len(SUFFIXES)]}" for n in range(10)]
    return folders + suffixes + anywhere


def paths(count: int) -> list[str]:
    """
    File names of a large repository, in Git's order, the same in every run.

    About 8,600 folders with 12 files each and 16,000 different names: the proportions of Linux.
    """
    pick = random.Random(1)
    roots = ("apps/service", "libs/lib", "docs/part", "tools/tool")
    found: set[str] = set()
    while len(found) < count:
        folder = f"{pick.choice(roots)}{pick.randrange(60)}/src/part{pick.randrange(6)}"
        for _ in range(pick.randrange(1, 40)):
            name = f"file{pick.randrange(2000)}.{pick.choice(SUFFIXES)}"
            found.add(f"{folder}/module{pick.randrange(6)}/{name}")
    return sorted(found)[:count]


def ours(entries: Sequence[str], names: Sequence[str]) -> Callable[[], int]:
    """Count watched paths with `compile_rules`."""
    name = WarehouseName("bench")
    pipeline = Pipeline({name: Warehouse(name, paths=tuple(entries))}, {})
    rules = compile_rules(pipeline, "main")
    raw = [path.encode() for path in names]
    return lambda: sum(1 for path in raw if rules.watched(path))


def theirs(entries: Sequence[str], names: Sequence[str]) -> Callable[[], int]:
    """Count watched paths with pathspec; a leading slash anchors its patterns like ours."""
    spec = pathspec.PathSpec.from_lines("gitignore", [f"/{entry}" for entry in entries])
    return lambda: sum(1 for path in names if spec.match_file(path))


def hostile(length: int) -> Callable[[], int]:
    """Match one path with a pattern that makes backtracking engines explode."""
    name = WarehouseName("bench")
    pipeline = Pipeline({name: Warehouse(name, paths=("*a" * 100 + "b",))}, {})
    rules = compile_rules(pipeline, "main")
    return lambda: len(rules.watched(b"a" * length))


def rows(*, tiny: bool) -> list[Row]:
    """Match everything both ways; then the hostile pattern, with ten times the input."""
    count, short, rounds = (1_000, 10_000, 1) if tiny else (100_000, 100_000, ROUNDS)
    entries, names = patterns(), paths(count)
    mine, other = ours(entries, names), theirs(entries, names)
    if mine() != other():
        raise RuntimeError(f"they disagree: {mine()} and {other()} paths are watched")
    found = measure({OURS: mine, THEIRS: other}, rounds=rounds)
    sizes = {f"{n:,} bytes": hostile(n) for n in (short, 10 * short)}
    few, many = measure(sizes, rounds=rounds).values()
    return [
        faster(f"{count:,} paths x {len(entries)} patterns", found[OURS], found[THEIRS], 4),
        within(f"a pattern of 100 stars, {many.name} against {few.name}", many, few, 13),
    ]
