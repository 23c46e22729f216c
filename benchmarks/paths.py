"""
100,000 paths against 50 patterns: our one RE2 set against pathspec's default.

Run: `python benchmarks/paths.py [PATHS]`. Both answer the same question for each path (is it
watched?), side by side in one run; the table shows the best of nine rounds and the ratio.
"""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

import pathspec

from app.core.model import Pipeline, Warehouse
from app.core.names import WarehouseName
from app.core.paths import compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def best_of(run: Callable[[], int]) -> tuple[float, int]:
    """The shortest of some rounds in seconds, and what the rounds counted."""
    times, counted = [], 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        counted = run()
        times.append(time.perf_counter() - start)
    return min(times), counted


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


def hostile(length: int) -> float:
    """Seconds for one path against a pattern that makes backtracking engines explode."""
    name = WarehouseName("bench")
    pipeline = Pipeline({name: Warehouse(name, paths=("*a" * 100 + "b",))}, {})
    rules = compile_rules(pipeline, "main")
    return best_of(lambda: len(rules.watched(b"a" * length)))[0]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    entries, names = patterns(), paths(count)
    base, base_count = best_of(theirs(entries, names))
    mine, mine_count = best_of(ours(entries, names))
    print(f"{count} paths x {len(entries)} patterns, best of {ROUNDS}")
    print(f"{'':20}{'ms':>10}{'ratio':>8}{'watched':>10}")
    print(f"{'pathspec default':20}{base * 1000:10.0f}{1:8.1f}{base_count:10}")
    print(f"{'stagelock':20}{mine * 1000:10.0f}{base / mine:8.1f}{mine_count:10}")
    print("\nhostile pattern (100 stars), one path")
    for length in (10**4, 10**5, 10**6):
        print(f"{length:>12} bytes{hostile(length) * 1e9 / length:10.1f} ns a byte")


if __name__ == "__main__":
    main()
