"""
``python -m tests.crash [kills|commands|endless|load|locks|sharing] ...``: what takes longer than a test
run may.

Without a name: all of them. 1 if anything did not hold. Needs PostgreSQL's server programs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.sql import SqlStore
from tests.crash import commanding, endless, load
from tests.crash.by_hand import hammered_by_hand
from tests.crash.hammer import hammered
from tests.crash.killing import VICTIMS, crashed
from tests.crash.sharing import shared
from tests.postgres import cluster


def kills(options: argparse.Namespace, root: Path) -> list[str]:
    """Seed by seed, every kind of victim, with two work processes."""
    wrong = []
    for seed in range(options.seeds):
        try:
            crashed(root / str(seed), seed, VICTIMS, pushes=3, workers=2)
        except (AssertionError, TimeoutError) as error:
            wrong.append(f"seed {seed}: {error}")
        told(f"  seed {seed}: {'wrong' if wrong else 'the same world'}")
    return wrong


def commands(options: argparse.Namespace, root: Path) -> list[str]:
    """After each kind of act in each step; then after the first, second, ... act of each step."""
    expected, wrong = commanding.calm(root / "calm"), []
    for place in (None, *range(1, options.acts + 1)):
        try:
            died = commanding.storm(root / f"{place}", expected, place)
        except AssertionError as error:
            wrong.append(f"{place or 'each kind'}: {error}")
        else:
            told(f"  {place or 'each kind'}: {died.deaths.total()} deaths, the same world")
            if not died.deaths:
                break  # no step has so many acts
    return wrong


def endlessly(options: argparse.Namespace, root: Path) -> list[str]:
    """A push every second."""
    return endless.run(root, options.seconds)


def loaded(options: argparse.Namespace, root: Path) -> list[str]:
    """On both databases, one after the other."""
    wrong, said = load.run(root / "sqlite", options.repos, options.pushes, workers=2)
    told(f"  SQLite: {said}")
    with cluster() as postgres:
        url = postgres.fresh()
        SqlStore(url).migrate()
        more, said = load.run(
            root / "pg", options.repos, options.pushes, workers=2, STAGELOCK_DATABASE_URL=url
        )
    told(f"  PostgreSQL: {said}")
    return wrong + more


def hammering(options: argparse.Namespace, root: Path) -> list[str]:
    """Eight processes at three lock groups, on both databases."""
    file = f"sqlite:///{root / 'stagelock.db'}"
    SqlStore(file).migrate()
    found = hammered(file, options.hammer)
    told(_beside("SQLite", found.turns, hammered_by_hand(file, options.hammer), options.hammer))
    with cluster() as postgres:
        url = postgres.fresh()
        SqlStore(url).migrate()
        more = hammered(url, options.hammer)
        by_hand = hammered_by_hand(url, options.hammer)
    told(_beside("PostgreSQL", more.turns, by_hand, options.hammer))
    return [*found.wrong, *more.wrong]


def _beside(name: str, turns: int, by_hand: int, seconds: int) -> str:
    """Throughput, next to the same transactions written by hand, in the same run."""
    ours, theirs = turns / seconds, by_hand / seconds
    return (
        f"  {name}: {ours:.0f} turns a second; by hand {theirs:.0f}, {theirs / ours:.1f} times that"
    )


def sharing(options: argparse.Namespace, root: Path) -> list[str]:
    """Two repositories and a CI job at one group, seed by seed, every kind of victim."""
    wrong: list[str] = []
    for seed in range(options.seeds):
        try:
            wrong += shared(root / str(seed), seed, VICTIMS, pushes=3)
        except (AssertionError, TimeoutError) as error:
            wrong.append(f"seed {seed}: {error}")
        told(f"  seed {seed}: {'wrong' if wrong else 'never two, and everybody had a turn'}")
    return wrong


WHAT: dict[str, Callable[[argparse.Namespace, Path], list[str]]] = {
    "kills": kills,
    "commands": commands,
    "endless": endlessly,
    "load": loaded,
    "locks": hammering,
    "sharing": sharing,
}


def told(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("what", nargs="?", choices=WHAT, help="only this")
    parser.add_argument("--seeds", type=int, default=5, help="kills, sharing: so many")
    parser.add_argument("--acts", type=int, default=40, help="commands: up to that act of a step")
    parser.add_argument("--seconds", type=int, default=60, help="endless: so long")
    parser.add_argument("--repos", type=int, default=30, help="load")
    parser.add_argument("--pushes", type=int, default=10, help="load: in each repository")
    parser.add_argument("--hammer", type=int, default=20, help="locks: so many seconds")
    options = parser.parse_args()
    wrong: list[str] = []
    for name, run in WHAT.items():
        if options.what in {None, name}:
            told(name)
            with tempfile.TemporaryDirectory(prefix="stagelock-") as folder:
                wrong += [f"{name}: {words}" for words in run(options, Path(folder))]
    for words in wrong:
        told(words)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
