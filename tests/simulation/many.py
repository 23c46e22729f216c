"""Many seeds, on all processors."""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Protocol

from tests.simulation import server
from tests.simulation.play import Story, play

PART = 50
"""So many seeds a process: then it ends, and with it what its seeds left in memory."""


class Options(Protocol):
    """How many processes, and after how many failures to stop."""

    jobs: int
    stop: int
    always: str


def play_all(seeds: range, options: Options) -> list[int]:
    """Play *seeds*; returns those that failed, in order."""
    begun, played, spent = time.monotonic(), 0, 0.0
    again = f"make simulate SEEDS={len(seeds)} FROM={seeds.start}"
    more = f" --always {options.always}" if options.always else ""
    print(f"seeds {seeds.start} to {seeds.stop - 1}; the same again: {again}", flush=True)  # noqa: T201
    failed: list[int] = []
    with tempfile.TemporaryDirectory(prefix="stagelock-sim-", dir=server.RAM) as place:
        for part, wrong, took in _parts(seeds, options, place):
            played, spent = played + len(part), spent + took
            failed += wrong
            for seed, words in wrong.items():
                again = f"python -m tests.simulation {seed}{more}"
                print(f"seed {seed}: {words}\n  the same again: {again}", flush=True)  # noqa: T201
            if len(failed) >= options.stop:
                break
    each = spent / max(played, 1) * 1000
    print(  # noqa: T201
        f"{played} seeds, {len(failed)} failed: {time.monotonic() - begun:.0f} s, "
        f"{each:.0f} ms of processor time each"
    )
    return sorted(failed)


def _parts(
    seeds: range, options: Options, place: str
) -> Iterator[tuple[Sequence[int], dict[int, str], float]]:
    parts = [(seeds[at : at + PART], options, place) for at in range(0, len(seeds), PART)]
    if options.jobs <= 1 and len(parts) == 1:
        yield _part(parts[0])
        return
    with multiprocessing.get_context("fork").Pool(options.jobs, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_part, parts)


def _part(given: tuple[Sequence[int], Options, str]) -> tuple[Sequence[int], dict[int, str], float]:
    seeds, options, place = given
    begun = time.process_time()
    gc.freeze()
    gc.set_threshold(500_000, 20, 20)
    with server.living_in(place):
        wrong: dict[int, str] = {}
        for seed in seeds:
            words = play(Story.of(seed, options.always)).wrong
            if words:
                wrong[seed] = words
            if len(wrong) >= options.stop:
                break
    return seeds, wrong, time.process_time() - begun
