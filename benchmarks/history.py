"""
What a long past costs: one push through 20 stages, and one look at rest, by the real engine over a
real mirror and store, in a repository with 10 promotions a stage, 1,000 commits and 100 freights,
and in one with 10,000, 100,000 and 20,000, side by side; and how long one clean-up holds the
database's write lock.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.sql.store import retention
from app.wiring import clock
from benchmarks.gitserver import serving
from benchmarks.harness import Limit, Row, Series, below, measure
from benchmarks.lived import Lived
from benchmarks.past import STAGES, Past

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.sql.store.store import SqlStore

LOOKS, PUSHES, CLEANINGS = 30, 8, 15
GOAL = 1.2
HOLDS = 50
YOUNG, OLD = Past(10, 1_000, 100), Past(10_000, 100_000, 20_000)
TINY = Past(10, 60, 20), Past(30, 120, 30)


def rows(*, tiny: bool) -> list[Row]:
    """Let both look and push in turn, then clean up the old one."""
    pasts = TINY if tiny else (YOUNG, OLD)
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        worlds = {past.name: _lived(Path(name), base, past) for past in pasts}
        for world in worlds.values():
            world.look()  # a process that has just begun reads the line once
            world.look()

        def pushed() -> None:
            for world in worlds.values():
                world.push()

        resting = measure(
            {name: world.look for name, world in worlds.items()}, rounds=1 if tiny else LOOKS
        )
        pushing = measure(
            {name: world.through for name, world in worlds.items()},
            rounds=1 if tiny else PUSHES,
            before=pushed,
        )
        cleaning = _held(worlds[pasts[1].name].store, 1 if tiny else CLEANINGS)
        for world in worlds.values():
            world.close()
    what = f"{pasts[1].name}; against {pasts[0].name}"
    return [
        _fastest(f"a look at rest, {STAGES} stages, {what}", resting),
        _fastest(f"a push through {STAGES} stages, {what}", pushing),
        below(f"longest transaction of a clean-up, {pasts[1].name}", cleaning, HOLDS),
    ]


def _lived(folder: Path, base: str, past: Past) -> Lived:
    name = f"lived{past.commits}"
    (folder / name).mkdir()
    bare = folder / "server" / "acme" / f"{name}.git"
    return Lived(folder / name, bare, f"{base}/acme/{name}.git", past)


def _fastest(what: str, found: Mapping[str, Series]) -> Row:
    """The fastest round of each: how long the others took is what else the machine did."""
    young, old = found.values()
    ratio = min(old.values) / min(young.values)
    work = {"processor, ms": min(old.cpu), "of the young one, ms": min(young.cpu)}
    goal = f"at most {GOAL:g}x"
    return Row(what, old, young, ratio, "x as long (fastest)", goal, ratio <= GOAL, work)


def _held(store: SqlStore, rounds: int) -> Series:
    """How long each deletion of a clean-up holds the write lock: the longest of each round."""
    longest = []
    for _ in range(Limit.of(rounds)):
        times = [0.0]
        for kind in retention.KINDS:
            now = clock()
            found = retention.found(store.database, kind, now)
            start = time.perf_counter()
            retention.drop(store.database, kind, now, found)
            times.append((time.perf_counter() - start) * 1000)
        longest.append(max(times))
    return Series("clean-up", "ms", tuple(longest))
