"""``python -m tests.simulation SEED``: one seed, told; ``--seeds N [--from M]``: many of them."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.play import Story, play, shrunk, told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seed", nargs="?", type=int, help="play this one and tell it")
    parser.add_argument("--seeds", type=int, default=0, help="play so many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first of them")
    parser.add_argument("--stop", type=int, default=1, help="after so many failures")
    parser.add_argument("--short", action="store_true", help="do not shrink")
    options = parser.parse_args()
    if options.seed is not None:
        return _one(options.seed, short=options.short)
    return _many(options.first, options.seeds, options.stop, short=options.short)


def _one(seed: int, *, short: bool) -> int:
    story = Story.of(seed)
    outcome = play(story)
    if outcome.wrong and not short:
        story = shrunk(story)
        outcome = play(story)
    print(told(story, outcome))  # noqa: T201
    return int(bool(outcome.wrong))


def _many(first: int, count: int, stop: int, *, short: bool) -> int:
    begun, failed = time.process_time(), []
    for seed in range(first, first + count):
        outcome = play(Story.of(seed))
        if outcome.wrong:
            failed.append(seed)
            print(f"seed {seed}: {outcome.wrong}", flush=True)  # noqa: T201
            if len(failed) >= stop:
                break
    took = time.process_time() - begun
    done = seed - first + 1 if count else 0
    each = took / max(done, 1) * 1000
    print(f"{done} seeds, {len(failed)} failed, {each:.0f} ms of processor time each")  # noqa: T201
    if failed and not short:
        _one(failed[0], short=False)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
